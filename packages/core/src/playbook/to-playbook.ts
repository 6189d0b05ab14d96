import type { WrittenDocument } from '../document/source-document.ts';
import type { PlaybookContext } from './context.ts';
import type {
  ConfirmPolicy,
  Effect,
  LimitPolicy,
  OpenChange,
  Playbook,
  PlaybookOverride,
  SignalMatch,
  Step,
  StepChange,
  TargetExpression,
} from './playbook.ts';
import { defaultsByEffect, type OverrideText, type PlaybookText, type StepText } from './text.ts';
import { toWindows } from './windows-text.ts';

/** A text that fits the schema and has its ladder, as the machines take it. */
export function toPlaybook(
  text: PlaybookText,
  ladder: readonly StepText[],
  document: WrittenDocument,
  context: PlaybookContext,
): Playbook {
  const ids = stepIds(ladder);
  const steps = ladder.map((step, index) => {
    const line = document.lineAt(['ladder', index]);
    const effect = context.actions?.get(step.action ?? '')?.effect ?? 'disrupts';
    return toStep(step, ids[index] ?? '', line, effect);
  });
  const nodes = Object.entries(text.nodes).map(([name, node]) => {
    const { target, domain } = typeof node === 'string' ? { target: node } : node;
    return { name, ...(target !== undefined && { target }), ...(domain !== undefined && { domain }) };
  });
  const overrides = text.overrides.map(toOverride);
  return {
    name: text.playbook,
    for: text.for ?? '',
    dependsOn: text.dependsOn,
    open: toOpen(text.open, context),
    ladder: nonEmpty(steps),
    limits: toLimits(text.limits),
    ...(text.windows === undefined ? {} : { windows: toWindows(text.windows) }),
    ...(nodes.length > 0 && { nodes }),
    ...(overrides.length > 0 && { overrides }),
  };
}

/** The ids as written, or the action's name with the first number that is free. */
export function stepIds(ladder: readonly StepText[]): readonly string[] {
  const taken = new Set(ladder.map((step) => step.id));
  return ladder.map((step) => {
    if (step.id !== undefined) return step.id;
    const action = step.action ?? 'step';
    let id = action;
    for (let number = 2; taken.has(id); number += 1) id = `${action}-${number}`;
    taken.add(id);
    return id;
  });
}

function toOpen(open: PlaybookText['open'], context: PlaybookContext): Playbook['open'] {
  return {
    afterMs: open.after,
    afterTimeoutOnlyMs: open.afterTimeoutOnly,
    quorum: {
      share: open.quorum.share,
      hosts: open.quorum.hosts ?? 2,
      hostsWritten: open.quorum.hosts !== undefined,
    },
    confirm: toConfirm(open.confirm),
    signals: open.signals.map(toSignalMatch),
    graceAfterStartMs: open.graceAfterStart ?? context.graceAfterStartMs ?? 60_000,
    graceAfterDeployMs: open.graceAfterDeploy,
  };
}

/** Each limit by its name in the text. */
const limitNames = {
  attemptsPerDay: 'attemptsPerDay',
  disruptivePerFleetHour: 'disruptivePerFleetHour',
  flappingOpenings: 'flappingOpenings',
  flappingAskForMs: 'flappingAskFor',
  blastRadiusNodes: 'blastRadiusNodes',
  blastRadiusShare: 'blastRadiusShare',
  blastRadiusDomains: 'blastRadiusDomains',
  healthyShare: 'healthyShare',
  overloadedFrom: 'overloadedFrom',
  ineffectiveInARow: 'ineffectiveInARow',
  afterOwnAttemptMs: 'afterOwnAttempt',
  approvalMs: 'approval',
  relapseMs: 'relapse',
} as const satisfies Record<keyof LimitPolicy, keyof PlaybookText['limits']>;

type Limits<Text extends OverrideText['limits']> = {
  [Name in keyof LimitPolicy]: Text[(typeof limitNames)[Name]];
};

/** All of a playbook's, or those that an override writes. */
function toLimits<Text extends OverrideText['limits']>(text: Text): Limits<Text> {
  const limits = Object.entries(limitNames).map(([name, inText]) => [name, text[inText]]);
  return Object.fromEntries(limits) as Limits<Text>;
}

function toStep(text: StepText, id: string, line: number, effect: Effect): Step {
  const defaults = defaultsByEffect[effect];
  return {
    id,
    action: text.action ?? '',
    effect,
    arguments: text.with,
    target: toTarget(text.target),
    afterMs: text.after,
    everyMs: text.every,
    max: text.max ?? defaults.max,
    autonomy: text.autonomy,
    deadlineMs: text.deadline,
    notAfterMs: text.notAfter,
    verify: { windowMs: text.window ?? defaults.windowMs, soakMs: text.soak, cohortShare: text.cohort },
    ...(text.when === undefined ? {} : { when: text.when }),
    ...(text.if === undefined ? {} : { if: text.if }),
    ...(text.dryRun === undefined ? {} : { dryRun: text.dryRun }),
    onHold: text.onHold,
    line,
  };
}

function toTarget(target: StepText['target']): TargetExpression {
  if (target === 'failing-nodes') return { select: 'failing-nodes' };
  if (typeof target === 'string') return { select: 'expression', expression: target, matcher: 'glob' };
  return { select: 'expression', expression: target.expression, matcher: target.match };
}

function toConfirm(confirm: PlaybookText['open']['confirm']): ConfirmPolicy {
  if (confirm === 'none') return { by: 'none' };
  if (confirm === 'probe') return { by: 'probe', failures: 3, everyMs: 5_000, timeoutMs: 2_000 };
  return { by: 'probe', failures: confirm.failures, everyMs: confirm.every, timeoutMs: confirm.timeout };
}

function toSignalMatch(signal: PlaybookText['open']['signals'][number]): SignalMatch {
  return typeof signal === 'string' ? { type: signal } : signal;
}

function toOverride({ labels, open, limits, windows, ladder }: OverrideText): PlaybookOverride {
  const values = Object.entries(labels).map(([label, value]) => [label, [value].flat()]);
  const steps = Object.entries(ladder).map(([id, step]) => [id, toStepChange(step)]);
  return {
    labels: Object.fromEntries(values),
    open: toOpenChange(open),
    limits: written(toLimits(limits)),
    ...(windows === undefined ? {} : { windows: toWindows(windows) }),
    steps: Object.fromEntries(steps),
  };
}

function toOpenChange(open: OverrideText['open']): OpenChange {
  const { share, hosts } = open.quorum ?? {};
  return written({
    afterMs: open.after,
    afterTimeoutOnlyMs: open.afterTimeoutOnly,
    quorum:
      open.quorum === undefined
        ? undefined
        : written({ share, hosts, hostsWritten: hosts === undefined ? undefined : true }),
    confirm: open.confirm === undefined ? undefined : toConfirm(open.confirm),
    signals: open.signals?.map(toSignalMatch),
    graceAfterStartMs: open.graceAfterStart,
    graceAfterDeployMs: open.graceAfterDeploy,
  });
}

function toStepChange(step: OverrideText['ladder'][string]): StepChange {
  return written({
    arguments: step.with,
    target: step.target === undefined ? undefined : toTarget(step.target),
    afterMs: step.after,
    everyMs: step.every,
    max: step.max,
    autonomy: step.autonomy,
    deadlineMs: step.deadline,
    notAfterMs: step.notAfter,
    verify: written({ windowMs: step.window, soakMs: step.soak, cohortShare: step.cohort }),
    when: step.when,
    if: step.if,
    dryRun: step.dryRun,
    onHold: step.onHold,
  });
}

type Written<Change> = { [Key in keyof Change]?: Exclude<Change[Key], undefined> };

/** Only what is there: a key that is undefined would hide what it changes. */
function written<Change extends object>(change: Change): Written<Change> {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Written<Change>;
}

function nonEmpty(steps: readonly Step[]): readonly [Step, ...Step[]] {
  const [first, ...others] = steps;
  if (first === undefined) throw new RangeError('the schema let a playbook without steps pass');
  return [first, ...others];
}
