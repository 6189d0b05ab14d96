import type { Playbook, Step } from '@prunella/core';

export const seconds = (count: number): number => count * 1_000;
export const minutes = (count: number): number => count * 60_000;

export function step(given: Partial<Step> & Pick<Step, 'id' | 'effect'>): Step {
  return {
    action: `salt.${given.id}`,
    arguments: {},
    target: { select: 'failing-nodes' },
    afterMs: 0,
    everyMs: minutes(5),
    max: given.effect === 'disrupts' ? 2 : 3,
    autonomy: 'auto',
    deadlineMs: seconds(90),
    notAfterMs: seconds(30),
    verify: { windowMs: minutes(2), soakMs: seconds(30), cohortShare: 0.8 },
    onHold: 'wait',
    line: 1,
    ...given,
  };
}

export const highstate = step({
  id: 'highstate',
  effect: 'repairs',
  afterMs: minutes(5),
  everyMs: minutes(5),
});

export const restart = step({
  id: 'restart',
  effect: 'disrupts',
  afterMs: minutes(10),
  everyMs: minutes(10),
});

/** The article's, with the design's defaults for what it does not say. */
export function articlePlaybook(
  change: {
    readonly open?: Partial<Playbook['open']>;
    readonly limits?: Partial<Playbook['limits']>;
    readonly ladder?: Playbook['ladder'];
    readonly dependsOn?: Playbook['dependsOn'];
    readonly windows?: Playbook['windows'];
  } = {},
): Playbook {
  return {
    name: 'article',
    for: 'rethinkdb/main',
    dependsOn: change.dependsOn ?? [],
    ...(change.windows === undefined ? {} : { windows: change.windows }),
    open: {
      afterMs: seconds(60),
      afterTimeoutOnlyMs: seconds(120),
      quorum: { share: 0.5, hosts: 1, hostsWritten: true },
      confirm: { by: 'probe', failures: 3, everyMs: seconds(5), timeoutMs: seconds(2) },
      signals: [],
      graceAfterStartMs: seconds(60),
      graceAfterDeployMs: seconds(120),
      ...change.open,
    },
    ladder: change.ladder ?? [highstate, restart],
    limits: {
      attemptsPerDay: 4,
      disruptivePerFleetHour: 5,
      flappingOpenings: 3,
      flappingAskForMs: minutes(24 * 60),
      blastRadiusNodes: 1,
      blastRadiusShare: 1,
      blastRadiusDomains: 1,
      healthyShare: 0.5,
      overloadedFrom: 0.9,
      ineffectiveInARow: 3,
      afterOwnAttemptMs: minutes(5),
      approvalMs: minutes(15),
      relapseMs: minutes(30),
      ...change.limits,
    },
  };
}
