import { isError, type Problem } from '../document/problem.ts';
import { readDocuments } from '../document/read-documents.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { validate } from '../document/validate.ts';
import { checkPlaybook } from './check-playbook.ts';
import type { PlaybookContext } from './context.ts';
import type {
  ConfirmPolicy,
  Effect,
  Playbook,
  Step,
  TargetExpression,
  WeeklyWindow,
  WindowPolicy,
} from './playbook.ts';
import { defaultsByEffect, type PlaybookText, playbookText, type StepText, weekdayNumber } from './text.ts';
import { unknownActions } from './unknown-actions.ts';

export interface ParsedPlaybooks {
  /** In the order of the text; only those without an error of their own. */
  readonly playbooks: readonly Playbook[];
  /** All that were found, errors and warnings, in the order of the text. */
  readonly problems: readonly Problem[];
}

/** Reads the playbooks of one text, one a YAML document. Never throws, whatever the text or bytes. */
export function parsePlaybook(
  text: string | Uint8Array,
  fileName: string,
  context: PlaybookContext = {},
): ParsedPlaybooks {
  const { documents, problems: syntaxProblems } = readDocuments(text, fileName);
  const playbooks: Playbook[] = [];
  const problems = [...syntaxProblems];
  for (const document of documents) {
    const validated = validate(document, playbookText());
    const found: Problem[] = [...validated.problems, ...unknownActions(document, context.actions)];
    if (validated.value !== null) {
      const playbook = toPlaybook(validated.value, document, context);
      found.push(...checkPlaybook(playbook, document, context));
      if (!found.some(isError)) playbooks.push(playbook);
    }
    problems.push(...found);
  }
  if (documents.length === 0 && !problems.some(isError)) problems.push(noPlaybook(fileName));
  problems.sort((left, right) => left.line - right.line || left.column - right.column);
  return { playbooks, problems };
}

function noPlaybook(file: string): Problem {
  const message = 'the file holds no playbook';
  const suggestion = 'begin with `playbook:`, `for:` and `ladder:`';
  return {
    severity: 'warning',
    code: 'no-playbook',
    file,
    line: 1,
    column: 1,
    text: '',
    message,
    suggestion,
  };
}

function toPlaybook(text: PlaybookText, document: SourceDocument, context: PlaybookContext): Playbook {
  const { open, limits } = text;
  const ids = new Set(text.ladder.map((step) => step.id));
  const steps = text.ladder.map((step, index) => {
    const line = document.lineAt(['ladder', index]);
    return toStep(step, freeId(step, ids), line, context.actions?.get(step.action)?.effect ?? 'disrupts');
  });
  return {
    name: text.playbook,
    for: text.for,
    dependsOn: text.dependsOn,
    open: {
      afterMs: open.after,
      afterTimeoutOnlyMs: open.afterTimeoutOnly,
      quorum: {
        share: open.quorum.share,
        hosts: open.quorum.hosts ?? 2,
        hostsWritten: open.quorum.hosts !== undefined,
      },
      confirm: toConfirm(open.confirm),
      signals: open.signals.map((type) => ({ type })),
      graceAfterStartMs: open.graceAfterStart ?? context.graceAfterStartMs ?? 60_000,
      graceAfterDeployMs: open.graceAfterDeploy,
    },
    ladder: nonEmpty(steps),
    limits: {
      attemptsPerDay: limits.attemptsPerDay,
      disruptivePerFleetHour: limits.disruptivePerFleetHour,
      flappingOpenings: limits.flappingOpenings,
      flappingAskForMs: limits.flappingAskFor,
      blastRadiusNodes: limits.blastRadiusNodes,
      blastRadiusShare: limits.blastRadiusShare,
      blastRadiusDomains: limits.blastRadiusDomains,
      healthyShare: limits.healthyShare,
      overloadedFrom: limits.overloadedFrom,
      ineffectiveInARow: limits.ineffectiveInARow,
      afterOwnAttemptMs: limits.afterOwnAttempt,
      approvalMs: limits.approval,
      relapseMs: limits.relapse,
    },
    ...(text.windows === undefined ? {} : { windows: toWindows(text.windows) }),
  };
}

function toStep(text: StepText, id: string, line: number, effect: Effect): Step {
  const defaults = defaultsByEffect[effect];
  return {
    id,
    action: text.action,
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
    onHold: text.onHold,
    line,
  };
}

function toTarget(target: StepText['target']): TargetExpression {
  if (target === 'failing-nodes') return { select: 'failing-nodes' };
  if (typeof target === 'string') return { select: 'expression', expression: target, matcher: 'glob' };
  return { select: 'expression', expression: target.expression, matcher: target.match };
}

function toWindows({ timeZone, allowed, maintenance }: NonNullable<PlaybookText['windows']>): WindowPolicy {
  return { timeZone, allowed: allowed.map(toWindow), maintenance: maintenance.map(toWindow) };
}

function toWindow({ days, from, to }: NonNullable<PlaybookText['windows']>['allowed'][number]): WeeklyWindow {
  return { days: days.map(weekdayNumber), fromMinute: minuteOf(from), toMinute: minuteOf(to) };
}

function minuteOf(timeOfDay: string): number {
  const [hours = '0', minutes = '0'] = timeOfDay.split(':');
  return Number(hours) * 60 + Number(minutes);
}

function toConfirm(confirm: PlaybookText['open']['confirm']): ConfirmPolicy {
  if (confirm === 'none') return { by: 'none' };
  if (confirm === 'probe') return { by: 'probe', failures: 3, everyMs: 5_000, timeoutMs: 2_000 };
  return { by: 'probe', failures: confirm.failures, everyMs: confirm.every, timeoutMs: confirm.timeout };
}

/** The written id, or the action's name with the first number that is free. */
function freeId(step: StepText, taken: Set<string | undefined>): string {
  if (step.id !== undefined) return step.id;
  let id = step.action;
  for (let number = 2; taken.has(id); number += 1) id = `${step.action}-${number}`;
  taken.add(id);
  return id;
}

function nonEmpty(steps: readonly Step[]): readonly [Step, ...Step[]] {
  const [first, ...others] = steps;
  if (first === undefined) throw new RangeError('the schema let a playbook without steps pass');
  return [first, ...others];
}
