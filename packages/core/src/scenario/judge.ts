import type { AttemptOrder } from '../decide/command.ts';
import type { ResourceEvent } from '../decide/event.ts';
import { formatDuration } from '../document/duration.ts';
import type { Problem } from '../document/problem.ts';
import { type Path, pathName } from '../document/value-path.ts';
import type { Entry } from '../simulate/record.ts';
import type { Scenario } from './parse.ts';
import type { ExpectedTime, ExpectText } from './text.ts';

/** Where a run was not as expected. */
export interface ScenarioDifference extends Problem {
  /** What was expected, as a key of `expect`, such as `orders[0].at`. */
  readonly expectation: string;
}

/** Where a run differs from what its scenario expects; each at its place in the text. */
export function judge(scenario: Scenario, entries: readonly Entry[]): readonly ScenarioDifference[] {
  return Object.entries(scenario.text.expect).flatMap(([resource, expected]) => {
    const lived = whatHappened(entries, resource, scenario.text.settled);
    return differences(expected, lived).map(({ path, message }) => ({
      ...scenario.document.problemAt(['expect', resource, ...path], { code: 'differs', message }),
      expectation: pathName(path),
    }));
  });
}

interface Lived {
  readonly events: readonly { readonly at: number; readonly event: ResourceEvent }[];
  readonly orders: readonly { readonly at: number; readonly order: AttemptOrder }[];
}

function whatHappened(entries: readonly Entry[], resource: string, settledMs: number): Lived {
  const own = entries.filter((entry) => 'resource' in entry && entry.resource === resource);
  return {
    events: own.flatMap((entry) =>
      entry.type === 'event' ? [{ at: entry.at - settledMs, event: entry.event }] : [],
    ),
    orders: own.flatMap((entry) =>
      entry.type === 'command' && entry.command.type === 'dispatch'
        ? [{ at: entry.at - settledMs, order: entry.command.order }]
        : [],
    ),
  };
}

interface Difference {
  readonly path: Path;
  readonly message: string;
}

function differences(expected: ExpectText, lived: Lived): readonly Difference[] {
  const { events } = lived;
  const of = <Type extends ResourceEvent['type']>(type: Type) =>
    events.flatMap(({ at, event }) =>
      event.type === type ? [{ at, event: event as Extract<ResourceEvent, { type: Type }> }] : [],
    );
  const closed = of('incident-closed');
  const found: (Difference | null)[] = [
    differsInTime(['opens'], expected.opens, of('incident-opened')[0]?.at, 'an incident opened'),
    ...orderDifferences(expected.orders, lived.orders),
    differsInList(
      ['verdicts'],
      expected.verdicts,
      of('verdict-given').map(({ event }) => event.verdict),
    ),
    ...lacks(
      ['held'],
      expected.held,
      of('attempt-held').map(({ event }) => event.hold.guardrail),
      'held',
    ),
    ...lacks(
      ['refused'],
      expected.refused,
      of('attempt-refused').map(({ event }) => event.guardrail),
      'refused',
    ),
    differsInCount(['asked'], expected.asked, of('approval-requested').length),
    differsInList(
      ['shadowed'],
      expected.shadowed,
      of('attempt-shadowed').map(({ event }) => event.step),
    ),
    differsInTime(['closes'], expected.closes, closed.at(-1)?.at, 'the incident closed'),
    differsInText(['credit'], expected.credit, closed.at(-1)?.event.credit.to ?? 'nobody: it did not close'),
    differsInText(['ends'], expected.ends, stateAtEnd(events.map(({ event }) => event))),
  ];
  return found.filter((difference) => difference !== null);
}

function differsInTime(
  path: Path,
  expected: ExpectedTime | 'never' | undefined,
  at: number | undefined,
  what: string,
): Difference | null {
  if (expected === undefined) return null;
  if (expected === 'never') return at === undefined ? null : { path, message: `${what} at ${time(at)}` };
  if (at === undefined) return { path, message: 'it never came to it' };
  return at >= expected.leastMs && at <= expected.mostMs ? null : { path, message: `${what} at ${time(at)}` };
}

function orderDifferences(expected: ExpectText['orders'], orders: Lived['orders']): (Difference | null)[] {
  if (expected === undefined) return [];
  const found = expected.map((wanted, index): Difference | null => {
    const path: Path = ['orders', index];
    const order = orders[index];
    if (order === undefined) return { path, message: 'this order was never sent' };
    const { step, targets } = order.order;
    const was = `${step} on ${targets.join(', ')} at ${time(order.at)}`;
    if (step !== wanted.step) return { path: [...path, 'step'], message: `it was ${was}` };
    const inTime = differsInTime([...path, 'at'], wanted.at, order.at, `${step} ran`);
    if (inTime !== null) return inTime;
    const touched = wanted.targets?.toSorted().join(', ');
    if (touched !== undefined && touched !== targets.toSorted().join(', ')) {
      return { path: [...path, 'targets'], message: `it was ${was}` };
    }
    const isSame = wanted.with === undefined || canonical(wanted.with) === canonical(order.order.arguments);
    const given = JSON.stringify(order.order.arguments);
    return isSame ? null : { path: [...path, 'with'], message: `its arguments were ${given.slice(0, 200)}` };
  });
  const [beyond] = orders.slice(expected.length);
  if (beyond === undefined) return found;
  const { step, targets } = beyond.order;
  const message = `another order was sent: ${step} on ${targets.join(', ')} at ${time(beyond.at)}`;
  return [...found, { path: ['orders'], message }];
}

function differsInList(
  path: Path,
  expected: readonly string[] | undefined,
  was: readonly string[],
): Difference | null {
  if (expected === undefined || expected.join() === was.join()) return null;
  return { path, message: was.length === 0 ? 'there were none' : `it was ${was.join(', ')}` };
}

function lacks(
  path: Path,
  expected: readonly string[] | undefined,
  was: readonly string[],
  what: string,
): readonly Difference[] {
  const those = [...new Set(was)].join(', ');
  return (expected ?? []).flatMap((name, index) =>
    was.includes(name)
      ? []
      : [{ path: [...path, index], message: those === '' ? `nothing ${what}` : `what ${what} was ${those}` }],
  );
}

function differsInCount(path: Path, expected: number | undefined, was: number): Difference | null {
  return expected === undefined || expected === was ? null : { path, message: `it was ${was} times` };
}

function differsInText(path: Path, expected: string | undefined, was: string): Difference | null {
  return expected === undefined || expected === was ? null : { path, message: `it was ${was}` };
}

function stateAtEnd(events: readonly ResourceEvent[]): NonNullable<ExpectText['ends']> {
  let state: NonNullable<ExpectText['ends']> = 'ok';
  for (const { type } of events) {
    if (type === 'incident-suspected' && state === 'ok') state = 'suspected';
    else if (type === 'suspicion-ended' && state === 'suspected') state = 'ok';
    else if (type === 'incident-opened' || type === 'incident-reopened' || type === 'ladder-resumed')
      state = 'open';
    else if (type === 'ladder-paused') state = 'paused';
    else if (type === 'incident-exhausted') state = 'exhausted';
    else if (type === 'incident-closed') state = 'ok';
  }
  return state;
}

/** `+5m12s`; what was before `0s` has a minus. */
function time(at: number): string {
  const rounded = Math.round(at / 1_000) * 1_000;
  return `${rounded < 0 ? '-' : ''}${formatDuration(Math.abs(rounded))}`;
}

/** Keys in order, so that only what is said is compared. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}
