import type { ResourceEvent, TriggerFate } from '../decide/event.ts';
import type { ActionResult } from '../decide/input.ts';

type Describe = {
  readonly [Type in ResourceEvent['type']]: (event: Extract<ResourceEvent, { type: Type }>) => string;
};

/** One line of a story for each type of event; one that this version does not know is shown as it is. */
export function describeEvent(event: { readonly type: string }): string {
  try {
    const known: { readonly [type: string]: unknown } = describe;
    const line = Object.hasOwn(describe, event.type) ? known[event.type] : undefined;
    if (typeof line === 'function') return String(line(event));
  } catch {
    // An event of another version may lack what is told of it here.
  }
  return `${event.type}: ${JSON.stringify(event).slice(0, 300)}`;
}

/** The last line that a service wrote before it ended; all that was kept is in the signal's data. */
function lastWords(data: Readonly<Record<string, unknown>> | undefined): string {
  const tail = data?.['logTail'];
  if (typeof tail !== 'string') return '';
  const last = tail
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '');
  return last === undefined ? '' : `; it last wrote: ${last.slice(0, 200)}`;
}

const describe: Describe = {
  'summary-changed': describeSummary,
  'instances-changed': describeInstances,
  'probe-changed': ({ node, passed, detail }) =>
    `probe${node === null ? '' : ` of ${node}`} ${passed ? 'passes' : 'fails'}: ${detail}`,
  'signal-received': ({ signal, trigger }) =>
    `signal ${signal.type} from ${signal.source}, ${signal.status}: ${signal.summary}${lastWords(signal.data)} (${fateOfSignal(trigger)})`,
  'operator-commanded': ({ command, trigger, note }) =>
    `${command.by}: ${command.command.type}${trigger.fate === 'rejected' ? ' refused' : ''}${because(note)}`,
  'incident-suspected': ({ reason }) => `suspected: ${reason}`,
  'suspicion-ended': ({ reason }) => `no longer suspected: ${reason}`,
  'incident-opened': ({ reason, playbook }) => `opened under the playbook ${playbook}: ${reason}`,
  'incident-reopened': ({ reason }) => `reopened: ${reason}`,
  'incident-closed': ({ reason, credit }) => `closed: ${reason} (${creditText(credit)})`,
  'incident-exhausted': ({ reason }) => `exhausted, a person is needed: ${reason}`,
  'ladder-paused': ({ reason }) => `ladder paused: ${reason}`,
  'ladder-resumed': ({ by }) => `ladder resumed by ${by}`,
  'attempt-proposed': ({ attempt, step, run }) => `attempt ${attempt} proposed: ${step}, run ${run}`,
  'targets-resolved': ({ attempt, resolution }) => {
    if (resolution.error !== undefined) return `targets of ${attempt} not found: ${resolution.error}`;
    const ids = resolution.targets.map(({ id, responding }) =>
      responding === false ? `${id} (silent)` : id,
    );
    const named = ids.length === 0 ? 'nobody' : ids.join(', ');
    const would = (resolution.predictions ?? []).map(({ id, count, changes, problem }) =>
      problem === undefined
        ? `; dry run on ${id}: ${count} to change${because(changes.map(({ name }) => name).join(', '))}`
        : `; dry run on ${id}: ${problem}`,
    );
    return `targets of ${attempt}: ${named}${resolution.resolved ? '' : ' (as written, not resolved)'}${would.join('')}`;
  },
  'approval-requested': ({ attempt, expiresAt }) =>
    `attempt ${attempt} waits for a person until ${new Date(expiresAt).toISOString()}: prunella approve ${attempt}`,
  'approval-given': ({ attempt, by }) => `attempt ${attempt} approved by ${by}`,
  'approval-denied': ({ attempt, by, reason }) => `attempt ${attempt} denied by ${by}${because(reason)}`,
  'attempt-held': ({ step, hold }) => `${step} held by ${hold.guardrail}: ${hold.reason}`,
  'attempt-refused': ({ step, guardrail, reason }) => `${step} refused by ${guardrail}: ${reason}`,
  'attempt-withdrawn': ({ attempt, reason }) => `attempt ${attempt} withdrawn, nothing was sent: ${reason}`,
  'attempt-shadowed': ({ attempt, step }) => `shadow: ${step} would have run now (${attempt})`,
  'attempt-intended': ({ attempt, step, run, targets, resolved }) =>
    `attempt ${attempt} intended: ${step}, run ${run}, on ${targets.join(', ')}${resolved ? '' : ' (targets as written, not resolved)'}`,
  'attempt-dispatched': ({ attempt, reference }) => `attempt ${attempt} taken by the backend as ${reference}`,
  'attempt-ended': ({ attempt, result }) => {
    const each = targetsWorthTelling(result).map(
      ({ id, outcome, detail }) => `${id} ${outcome}${because(detail)}`,
    );
    return `attempt ${attempt} ${result.outcome}: ${result.summary}${each.length === 0 ? '' : ` [${each.join('; ')}]`}`;
  },
  'verdict-given': ({ attempt, verdict, reason }) => `attempt ${attempt} ${verdict}: ${reason}`,
  'attempt-harmful': ({ attempt, step, reason }) =>
    `attempt ${attempt} did harm: ${reason}; step ${step} asks from now on`,
  'demotion-lifted': ({ step, by }) => `step ${step} may act as the playbook writes again, says ${by}`,
  'healer-started': () => 'the healer started',
  'kill-switch': ({ paused, by, reason }) =>
    paused
      ? `everything paused by ${by}${because(reason)}`
      : `resumed by ${by}${because(reason === 'resumed' ? '' : reason)}`,
  'fleet-alarm': ({ alarm, began, reason }) =>
    `${alarm} ${began ? 'begins, and only what restores runs' : 'is over'}${because(reason)}`,
};

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function describeSummary(event: Extract<ResourceEvent, { type: 'summary-changed' }>): string {
  const { observers, conditions, sickByKind, sickHosts } = event;
  if (observers === 0) return 'no instance observes it';
  const kinds = Object.entries(sickByKind).map(([kind, count]) => `${count} ${kind}`);
  const sick = conditions.down + conditions.degraded;
  const why = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
  const where = sickHosts === 0 ? '' : ` on ${counted(sickHosts, 'host', 'hosts')}`;
  const parts = [
    sick === 0 ? 'none sick' : `${sick} sick${why}${where}`,
    conditions.ok === 0 ? '' : `${conditions.ok} ok`,
    conditions.unknown === 0 ? '' : `${conditions.unknown} unknown`,
  ].filter((part) => part !== '');
  return `${counted(observers, 'instance observes', 'instances observe')} it: ${parts.join(', ')}`;
}

const instancesShown = 4;

/** The first few by name, each with all that it went through; the rest are counted. */
function describeInstances({
  instances,
  others,
}: Extract<ResourceEvent, { type: 'instances-changed' }>): string {
  const sights = new Map<string, string[]>();
  for (const { instance, host, condition, kind, last } of instances) {
    const where = host === null || instance.includes(host) ? '' : ` on ${host}`;
    const why = kind === undefined ? '' : ` (${kind})`;
    const end = last === true ? ', and changes too often to be told further' : '';
    const name = `${instance}${where}`;
    sights.set(name, [...(sights.get(name) ?? []), `${condition}${why}${end}`]);
  }
  const named = [...sights].slice(0, instancesShown).map(([name, seen]) => `${name} ${seen.join(', then ')}`);
  const more = sights.size > named.length ? [`${sights.size - named.length} more`] : [];
  const unnamed = others.sick === 0 ? '' : `; besides them ${others.sick} of ${others.observers} sick`;
  return `${[...named, ...more].join('; ')}${unnamed}`;
}

function fateOfSignal(trigger: TriggerFate): string {
  switch (trigger.fate) {
    case 'pending':
      return 'waits to be confirmed';
    case 'executed':
      return 'taken up';
    case 'expired':
      return 'not confirmed in time';
    case 'rejected':
      return 'no playbook opens on it';
    case 'suppressed':
      return suppressedTexts[trigger.why];
  }
}

const suppressedTexts = {
  joined: 'joined the open incident or suspicion',
  upstream: 'held back: what it depends on is sick',
  maintenance: 'held back: maintenance',
  recovered: 'nothing was open',
} as const;

/** Of one target the summary has said it all, unless its outcome or its detail says something else. */
function targetsWorthTelling({ outcome, summary, targets }: ActionResult): ActionResult['targets'] {
  const [only] = targets;
  if (only === undefined || targets.length > 1) return targets;
  const isTold =
    summary.includes(only.detail) && (only.outcome === outcome || summary.includes(only.outcome));
  return isTold ? [] : targets;
}

function creditText(credit: Extract<ResourceEvent, { type: 'incident-closed' }>['credit']): string {
  if (credit.to === 'attempt') return `thanks to attempt ${credit.attempt}`;
  if (credit.to === 'person') return `thanks to ${credit.name}`;
  return credit.to === 'itself' ? 'recovered by itself' : 'recovered late, counted for nobody';
}
