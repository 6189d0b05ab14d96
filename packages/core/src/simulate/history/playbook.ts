import type { Playbook, Step } from '../../playbook/playbook.ts';

const second = 1_000;
const minute = 60_000;
const day = 86_400_000;

/** The design's defaults; a history writes what it wants otherwise. */
export function simulatedPlaybook(
  name: string,
  ladder: Playbook['ladder'],
  change: { readonly open?: Partial<Playbook['open']>; readonly limits?: Partial<Playbook['limits']> } = {},
): Playbook {
  return {
    name,
    for: name,
    dependsOn: [],
    open: {
      afterMs: 60 * second,
      afterTimeoutOnlyMs: 120 * second,
      quorum: { share: 0.5, hosts: 2, hostsWritten: false },
      confirm: { by: 'probe', failures: 3, everyMs: 5 * second, timeoutMs: 2 * second },
      signals: [],
      graceAfterStartMs: 60 * second,
      graceAfterDeployMs: 120 * second,
      ...change.open,
    },
    ladder,
    limits: {
      attemptsPerDay: 4,
      disruptivePerFleetHour: 5,
      flappingOpenings: 3,
      flappingAskForMs: day,
      blastRadiusNodes: 1,
      blastRadiusShare: 1,
      blastRadiusDomains: 1,
      healthyShare: 0.5,
      overloadedFrom: 0.9,
      ineffectiveInARow: 3,
      afterOwnAttemptMs: 5 * minute,
      approvalMs: 15 * minute,
      relapseMs: 30 * minute,
      ...change.limits,
    },
  };
}

export function simulatedStep(given: Partial<Step> & Pick<Step, 'id' | 'effect'>): Step {
  return {
    action: `salt.${given.id}`,
    arguments: {},
    target: { select: 'failing-nodes' },
    afterMs: 0,
    everyMs: 5 * minute,
    max: given.effect === 'disrupts' ? 2 : 3,
    autonomy: 'auto',
    deadlineMs: 90 * second,
    notAfterMs: 30 * second,
    verify: { windowMs: 2 * minute, soakMs: 30 * second, cohortShare: 0.8 },
    onHold: 'wait',
    line: 1,
    ...given,
  };
}
