import { blamesResource, type FaultKind } from '@prunella/protocol';
import { formatDuration } from '../document/duration.ts';
import type { Problem } from '../document/problem.ts';
import { hasCredentialsInUrl, isSecretName } from '../document/secret-text.ts';
import type { WrittenDocument } from '../document/source-document.ts';
import { type Path, valueAt } from '../document/value-path.ts';
import { sampleArguments } from '../parameters/parameters.ts';
import { checkLanguage } from './check-language.ts';
import { checkWindows } from './check-windows.ts';
import type { PlaybookContext } from './context.ts';
import type { Effect, Playbook, Step } from './playbook.ts';

/** What is wrong with a playbook by itself, beyond its form. */
export function checkPlaybook(
  playbook: Playbook,
  document: WrittenDocument,
  context: PlaybookContext,
): readonly Problem[] {
  const ofSteps = playbook.ladder.flatMap((step, index) => {
    const place: Place = { playbook, document, context, step, path: ['ladder', index], index };
    return stepChecks.flatMap((check) => check(place));
  });
  return [...ofSteps, ...checkWindows(playbook, document), ...checkLanguage(playbook, document)];
}

interface Place {
  readonly playbook: Playbook;
  readonly document: WrittenDocument;
  readonly context: PlaybookContext;
  readonly step: Step;
  readonly path: Path;
  readonly index: number;
}

const stepChecks: readonly ((place: Place) => readonly Problem[])[] = [
  idsAreUnique,
  windowHoldsSoak,
  verdictBeforeNextStep,
  everyApplies,
  notAfterBeforeDeadline,
  argumentsAreTaken,
  targetsFailingNodesOnly,
  targetsAreResolved,
  autonomyIsAllowed,
  dryRunIsKnown,
  mildestFirst,
  stepIsReachable,
  secretsStayOutside,
];

function idsAreUnique({ playbook, document, step, path, index }: Place): readonly Problem[] {
  const first = playbook.ladder.findIndex((other) => other.id === step.id);
  if (first === index) return [];
  return [
    document.problemAt([...path, 'id'], {
      code: 'step-id-repeated',
      message: `step ${first + 1} has the id \`${step.id}\` already`,
      suggestion: 'give each step an id of its own, or leave `id` out',
    }),
  ];
}

function windowHoldsSoak({ document, context, step, path }: Place): readonly Problem[] {
  const { windowMs, soakMs } = step.verify;
  const at = [...path, 'window'];
  const window = formatDuration(windowMs);
  const soak = formatDuration(soakMs);
  if (windowMs < soakMs) {
    return [
      document.problemAt(at, {
        code: 'window-shorter-than-soak',
        message: `a recovery cannot last ${soak} inside a window of ${window}: no run could be effective`,
        suggestion: `write a \`window\` longer than ${soak}, or a shorter \`soak\``,
      }),
    ];
  }
  const spreadMs = windowMs / 5;
  const heartbeatMs = context.heartbeatMs ?? 5_000;
  if (windowMs >= spreadMs + soakMs + heartbeatMs) return [];
  const leastMs = Math.ceil((soakMs + heartbeatMs) / 0.8 / 1_000) * 1_000;
  const needed = `${formatDuration(spreadMs)} spread + ${soak} soak + ${formatDuration(heartbeatMs)} heartbeat`;
  return [
    document.problemAt(at, {
      severity: 'warning',
      code: 'window-short',
      message: `the window of ${window} is shorter than ${needed}: a good repair may be judged too early`,
      suggestion: `write \`window: ${formatDuration(leastMs)}\` or longer, or a shorter \`soak\``,
    }),
  ];
}

function verdictBeforeNextStep({ playbook, document, step, path, index }: Place): readonly Problem[] {
  const next = playbook.ladder[index + 1];
  if (next === undefined) return [];
  const verdictMs = step.deadlineMs + step.verify.windowMs + step.verify.soakMs;
  const gapMs = next.afterMs - step.afterMs;
  if (verdictMs <= gapMs) return [];
  const gap = formatDuration(gapMs);
  return [
    document.problemAt([...path, 'after'], {
      severity: 'warning',
      code: 'verdict-after-next-step',
      message:
        `deadline + window + soak is ${formatDuration(verdictMs)}, and the next step is due ${gap} after this one: ` +
        'it starts only after the verdict',
      suggestion: 'shorten them on this step, or write a later `after` on the next',
    }),
  ];
}

/** A time between runs that can never pass between two runs. */
function everyApplies({ playbook, document, step, path }: Place): readonly Problem[] {
  const at = [...path, 'every'];
  if (valueAt(document.value, at) === undefined) return [];
  const { attemptsPerDay } = playbook.limits;
  const why =
    step.max === 1
      ? 'the step runs once in an incident (`max: 1`)'
      : attemptsPerDay === 1
        ? 'one attempt a day is all that `limits.attemptsPerDay` allows'
        : null;
  if (why === null) return [];
  return [
    document.problemAt(at, {
      severity: 'warning',
      code: 'every-never-applies',
      message: `\`every\` never applies: ${why}`,
      suggestion: step.max === 1 ? 'leave `every` out, or write a higher `max`' : 'leave `every` out',
    }),
  ];
}

function notAfterBeforeDeadline({ document, step, path }: Place): readonly Problem[] {
  const at = [...path, 'notAfter'];
  if (valueAt(document.value, at) === undefined || step.notAfterMs <= step.deadlineMs) return [];
  return [
    document.problemAt(at, {
      severity: 'warning',
      code: 'not-after-beyond-deadline',
      message: `an order may begin after the time by which it must have ended (${formatDuration(step.deadlineMs)})`,
      suggestion: 'write a shorter `notAfter`, or a longer `deadline`',
    }),
  ];
}

function argumentsAreTaken({ document, context, step, path }: Place): readonly Problem[] {
  if (context.actions?.has(step.action) !== true) return [];
  const problem = context.argumentProblem?.(step.action, sampleArguments(step.arguments)) ?? null;
  if (problem === null) return [];
  return [document.problemAt([...path, 'with'], { code: 'wrong-arguments', message: problem })];
}

function targetsFailingNodesOnly({ document, context, step, path }: Place): readonly Problem[] {
  if (step.target.select === 'failing-nodes' || context.actions?.get(step.action)?.effect !== 'disrupts')
    return [];
  return [
    document.problemAt([...path, 'target'], {
      severity: 'warning',
      code: 'target-wider-than-failing',
      message: `\`${step.action}\` disrupts, and its target may include nodes that are healthy`,
      suggestion: 'leave `target` out to touch only the nodes whose own probe fails',
    }),
  ];
}

function targetsAreResolved({ document, context, step, path }: Place): readonly Problem[] {
  const [backend = ''] = step.action.split('.', 1);
  if (step.target.select === 'failing-nodes' || !context.unresolvingBackends?.has(backend)) return [];
  return [
    document.problemAt([...path, 'target'], {
      severity: 'warning',
      code: 'target-not-resolved',
      message: `the backend ${backend} cannot tell whom this target means (hook mode): it is sent as written, and silent minions are not noticed`,
      suggestion: 'use `mode: api`, or give the hooks a readable API beside them',
    }),
  ];
}

function autonomyIsAllowed({ document, context, step, path }: Place): readonly Problem[] {
  const highest = context.actions?.get(step.action)?.highestAutonomy;
  if (highest !== 'ask' || step.autonomy !== 'auto') return [];
  return [
    document.problemAt([...path, 'autonomy'], {
      code: 'autonomy-too-high',
      message: `\`${step.action}\` is never run without a person`,
      suggestion: 'write `autonomy: ask`',
    }),
  ];
}

function dryRunIsKnown({ document, context, step, path }: Place): readonly Problem[] {
  const facts = context.actions?.get(step.action);
  if (step.dryRun === undefined || facts === undefined || facts.dryRuns === true) return [];
  return [
    document.problemAt([...path, 'dryRun'], {
      code: 'dry-run-unknown',
      message: `nobody can tell beforehand what \`${step.action}\` would change`,
      suggestion: 'leave `dryRun` out; state runs of Salt can be rehearsed',
    }),
  ];
}

const strength: Readonly<Record<Effect, number>> = { restores: 0, repairs: 1, disrupts: 2 };

function mildestFirst({ playbook, document, context, step, path, index }: Place): readonly Problem[] {
  const before = playbook.ladder[index - 1];
  if (before === undefined) return [];
  if (context.actions?.has(before.action) && strength[before.effect] > strength[step.effect]) {
    return [
      document.problemAt([...path, 'action'], {
        code: 'ladder-not-mildest-first',
        message: `\`${step.action}\` (${step.effect}) stands after \`${before.action}\` (${before.effect}): later steps count as stronger`,
        suggestion: 'put what restores before what repairs, and that before what disrupts',
      }),
    ];
  }
  if (before.afterMs <= step.afterMs) return [];
  return [
    document.problemAt([...path, 'after'], {
      severity: 'warning',
      code: 'after-before-milder-step',
      message: `due before the milder step ${index}, which must run once first (${formatDuration(before.afterMs)})`,
      suggestion: `write \`after: ${formatDuration(before.afterMs)}\` or later`,
    }),
  ];
}

function stepIsReachable({ playbook, document, step, path, index }: Place): readonly Problem[] {
  const { attemptsPerDay } = playbook.limits;
  if (index >= attemptsPerDay) {
    return [
      document.problemAt(path, {
        code: 'step-unreachable',
        message: `the ${index} milder steps before it must run first, and that already takes the ${attemptsPerDay} attempts a day`,
        suggestion: `write \`limits: { attemptsPerDay: ${index + 1} }\` or more`,
      }),
    ];
  }
  if (step.when === undefined) return [];
  const waitedFor = whyAlwaysHeld(step);
  if (waitedFor !== null) {
    return [
      document.problemAt([...path, 'when'], {
        code: 'step-unreachable',
        message: waitedFor,
        suggestion: 'name other kinds, or an action that only restores',
      }),
    ];
  }
  if (step.when.some(blamesResource)) return [];
  return [
    document.problemAt([...path, 'when'], {
      code: 'step-unreachable',
      message: 'faults of the kinds `caller` and `local` never open an incident',
      suggestion: 'name kinds that blame the resource, such as `unreachable`',
    }),
  ];
}

/** What the guardrails never let run for such faults, however long they last. */
function whyAlwaysHeld({ when = [], effect }: Step): string | null {
  const only = (kind: FaultKind) =>
    when.every((each) => each === kind || !blamesResource(each)) && when.includes(kind);
  if (effect !== 'restores' && only('starting')) {
    return 'what is starting is waited for: a step for nothing else never runs, unless it only restores';
  }
  if (effect === 'disrupts' && only('overloaded')) {
    return 'what is overloaded is never disrupted: a step for nothing else never runs';
  }
  return null;
}

function secretsStayOutside({ document, step, path }: Place): readonly Problem[] {
  const found: Problem[] = [];
  const visit = (value: unknown, at: Path, name: string) => {
    if (typeof value === 'string' && value !== '' && (isSecretName(name) || hasCredentialsInUrl(value))) {
      found.push(
        document.problemAt(at, {
          severity: 'warning',
          code: 'secret-in-plain-text',
          message: `\`${name}\` looks like a secret, and playbooks are shown to people`,
          suggestion: 'keep it where the action runs, such as in the pillar or in a file there',
        }),
      );
    } else if (typeof value === 'object' && value !== null) {
      const isList = Array.isArray(value);
      for (const [key, part] of Object.entries(value)) {
        visit(part, [...at, isList ? Number(key) : key], isList ? name : key);
      }
    }
  };
  visit(step.arguments, [...path, 'with'], 'with');
  return found;
}
