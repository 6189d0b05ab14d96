import { faultKinds, isResourceName } from '@prunella/protocol';
import { z } from 'zod';
import { parseDuration } from '../document/duration.ts';
import { durationText, lazySchema, shareText } from '../document/schema.ts';
import { timeZoneText } from '../playbook/windows-text.ts';
import { isTimeZone } from '../windows/time-zone.ts';
import { instantShown, wallClockPattern } from '../windows/wall-clock.ts';

/** What may become of an order; `succeeds` where a scenario says nothing. */
const fates = ['succeeds', 'fails', 'lies', 'hangs', 'half', 'late', 'twice', 'lost', 'unsent'] as const;
const longestRunMs = 7 * 86_400_000;

/** The text form of a scenario: a small world, what happens in it, and what the healer is expected to do. */
export const scenarioText = lazySchema(() =>
  z.strictObject({
    scenario: z.string().min(1).max(200).describe('What it is about, in a few words.'),
    playbooks: z
      .array(z.string().min(1).max(1_000))
      .min(1)
      .max(100)
      .optional()
      .describe('Files of playbooks, from this folder; all of this folder where left out.'),
    resources: z
      .record(resourceName(), resourceText())
      .refine((resources) => Object.keys(resources).length > 0, 'must name at least one resource')
      .describe('The resources of the world, with their nodes and labels.'),
    services: z
      .record(
        z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be a name of letters, digits, `.`, `_` and `-`'),
        serviceText(),
      )
      .prefault({})
      .describe('The applications that use them.'),
    clock: clockText().optional(),
    settled: durationText({ mostMs: 86_400_000 })
      .prefault('5m')
      .describe('How long all is well before `0s`, so that the healer knows everybody.'),
    runs: durationText({ leastMs: 1_000, mostMs: longestRunMs })
      .prefault('30m')
      .describe('How long it goes on after `0s`.'),
    story: z
      .array(happeningText())
      .max(200)
      .prefault([])
      .describe('What happens, each at a time after `0s`.'),
    people: z
      .array(
        z.strictObject({
          says: z.enum(['yes', 'no']).describe('Approves or rejects.'),
          after: durationText().prefault('30s').describe('Counted from the question.'),
        }),
      )
      .max(100)
      .prefault([])
      .describe('Answers to requests for approval, in their order; then nobody answers.'),
    orders: z
      .array(z.enum(fates))
      .max(100)
      .prefault([])
      .describe('What becomes of the orders, in their order; then each succeeds.'),
    expect: z
      .record(resourceName(), expectText())
      .prefault({})
      .describe('What the healer must do for each resource. What is left out is not looked at.'),
  }),
);

export type ScenarioText = z.output<ReturnType<typeof scenarioText>>;
export type ExpectText = ScenarioText['expect'][string];
export type HappeningText = ScenarioText['story'][number];

function clockText() {
  return z
    .strictObject({
      shows: z
        .string()
        .regex(wallClockPattern, "must be a date and a time, such as '2027-03-28 01:30'")
        .describe('What the clock on the wall shows at `0s`: a date and a time, such as `2027-03-28 01:30`.'),
      timeZone: timeZoneText(),
    })
    .refine(({ shows, timeZone }) => !isTimeZone(timeZone) || instantShown(shows, timeZone) !== null, {
      path: ['shows'],
      message: 'is never shown there: the clock skips it, or there is no such day',
    })
    .describe('For windows: when it is `0s`. Where left out, Friday 2027-01-15 08:00 UTC plus `settled`.');
}

function resourceName() {
  return z.string().max(200).refine(isResourceName, 'must be a resource such as postgres/main');
}

function resourceText() {
  const target = z.string().min(1).max(500);
  return z.strictObject({
    labels: z.record(z.string(), z.string().max(1_000)).prefault({}).describe('As in `prunella.yaml`.'),
    probed: z.boolean().prefault(true).describe('Whether the healer has a probe of its own for its nodes.'),
    nodes: z
      .record(
        z.string().regex(/^[A-Za-z0-9][\w.:-]{0,199}$/, 'must be the name of a node'),
        z.union([
          target,
          z.strictObject({
            target: target.describe('Its target, such as a Salt minion id.'),
            domain: z
              .string()
              .min(1)
              .max(200)
              .optional()
              .describe('What fails with it at once, such as a rack.'),
          }),
        ]),
      )
      .prefault({})
      .describe('The target of each node: `db1: minion-of-db1`.'),
  });
}

function serviceText() {
  return z.strictObject({
    uses: z.array(resourceName()).min(1).max(100).describe('The resources that it calls.'),
    hosts: z
      .array(z.string().regex(/^[A-Za-z0-9][\w.-]{0,199}$/, 'must be the name of a host'))
      .min(1)
      .max(1_000)
      .describe('One process on each; several where a host is named several times.'),
    every: durationText({ leastMs: 100 }).prefault('1s').describe('From call to call.'),
  });
}

function happeningText() {
  const at = durationText().describe('When, after `0s`.');
  const lasts = durationText({ leastMs: 1 });
  const resource = resourceName();
  const kind = z.enum(faultKinds);
  const node = z.string().max(200).optional().describe('Only this node; all of the resource where left out.');
  const happening = <What extends string, Shape extends z.core.$ZodShape>(what: What, shape: Shape) =>
    z.strictObject({ at, what: z.literal(what), ...shape });
  return z.discriminatedUnion('what', [
    happening('breaks', {
      resource,
      node,
      fault: kind.prefault('unreachable').describe('What calls and probes meet.'),
      mendedBy: z
        .array(z.string().min(1).max(200))
        .max(20)
        .prefault([])
        .describe('What mends it: ids of steps, or `repairs`, `disrupts`. Nothing where left out.'),
      for: lasts.optional().describe('It ends by itself after this long.'),
    }),
    happening('mended', {
      resource,
      node: z.string().max(200).describe('The node that somebody else mends.'),
    }),
    happening('trouble', {
      service: z.string().max(100).describe('The service whose calls fail by its own doing.'),
      resource,
      fault: kind.prefault('local').describe('What they meet.'),
      for: lasts.describe('How long.'),
    }),
    happening('signal', {
      resource,
      node: z.string().max(200).optional().describe('The node that it names.'),
      type: z.string().min(1).max(200).describe('Such as `alert`.'),
      summary: z.string().max(1_000).prefault('a signal').describe('For people.'),
      data: z.record(z.string(), z.unknown()).prefault({}).describe('What conditions can ask.'),
    }),
    happening('cut', {
      from: party().describe('`healer`, `backend`, `host:web1`, `node:db1`; `host:*` for all of them.'),
      to: party().describe('The other end.'),
      for: lasts.describe('How long no message passes.'),
    }),
    happening('healer-crashes', { for: lasts.prefault('30s').describe('How long it is down.') }),
    happening('paused', { for: lasts.describe('How long a person pauses all repairs.') }),
    happening('silent', {
      target: z.string().min(1).max(500).describe('The target that does not answer.'),
      for: lasts.describe('How long.'),
    }),
    happening('loaded', {
      resource,
      utilisation: shareText().describe('How much of its capacity is in use: `0.95` or `95%`.'),
      of: z.string().min(1).max(100).prefault('connections').describe('Of what.'),
      for: lasts.describe('How long the figure is told, every 20 s.'),
    }),
    happening('others-act', {
      resource,
      as: z.string().min(1).max(100).prefault('highstate').describe('Such as `salt-job`, `failover`.'),
      targets: z
        .array(z.string().min(1).max(500))
        .min(1)
        .max(1_000)
        .optional()
        .describe('On which targets; the resource as a whole where left out.'),
      for: lasts.describe('How long they are at work, as a source sees it.'),
    }),
    happening('deploy-announced', {
      resource,
      for: lasts.describe('How long a person says that a deploy takes.'),
    }),
    happening('maintenance', {
      resource,
      for: lasts.describe('How long a person says that it is under maintenance.'),
    }),
    happening('claimed', {
      resource,
      for: lasts.optional().describe('A person claims its open incident, and releases it after this long.'),
    }),
    happening('deployed', {
      service: z.string().max(100).describe('All its processes are replaced, one after the other.'),
    }),
    happening('gone', {
      service: z.string().max(100).describe('All its processes end, and nobody replaces them.'),
    }),
  ]);
}

function party() {
  return z
    .string()
    .regex(/^(?:healer|backend|(?:host|node):[\w.*-]+)$/, 'must be healer, backend, host:NAME or node:NAME');
}

function expectText() {
  const time = expectedTime();
  const timeOrNever = expectedTimeOrNever();
  return z.strictObject({
    opens: timeOrNever
      .optional()
      .describe('When the first incident opens: `1m`, within 30 s of it, or `50s..2m`, or `never`.'),
    orders: z
      .array(
        z.strictObject({
          step: z.string().max(200).describe('Its id.'),
          at: time.optional().describe('When the order is sent.'),
          targets: z
            .array(z.string().max(500))
            .max(1_000)
            .optional()
            .describe('Whom it touches, in any order.'),
          with: z.record(z.string(), z.unknown()).optional().describe('Its arguments, parameters filled in.'),
        }),
      )
      .max(1_000)
      .optional()
      .describe('All orders in their order: no others may be sent.'),
    verdicts: z
      .array(z.enum(['effective', 'ineffective', 'unverified']))
      .max(1_000)
      .optional()
      .describe('All verdicts in their order.'),
    held: z.array(z.string().max(100)).max(100).optional().describe('Guardrails that hold at least once.'),
    refused: z
      .array(z.string().max(100))
      .max(100)
      .optional()
      .describe('Guardrails that refuse at least once.'),
    asked: z.int().min(0).max(1_000).optional().describe('How often a person is asked.'),
    shadowed: z.array(z.string().max(200)).max(1_000).optional().describe('Steps in shadow, in their order.'),
    closes: timeOrNever.optional().describe('When the last incident closes.'),
    credit: z
      .enum(['attempt', 'itself', 'late', 'person'])
      .optional()
      .describe('To whom the recovery is owed.'),
    ends: z
      .enum(['ok', 'suspected', 'open', 'paused', 'exhausted'])
      .optional()
      .describe('How it is at the end.'),
  });
}

/** A time in ms with what may be missing to it, from `10m` or from `9m..11m`. */
export interface ExpectedTime {
  readonly leastMs: number;
  readonly mostMs: number;
}

const toleranceMs = 30_000;

function expectedTimeOrNever() {
  const message = 'must be a time such as 10m (within 30s of it), a span such as 9m..11m, or never';
  return z.string(message).transform((text, context): ExpectedTime | 'never' => {
    const time = text === 'never' ? text : spanOf(text);
    if (time !== null) return time;
    context.addIssue(message);
    return z.NEVER;
  });
}

function expectedTime() {
  const message = 'must be a time such as 10m (within 30s of it), or a span such as 9m..11m';
  return z.string(message).transform((text, context): ExpectedTime => {
    const time = spanOf(text);
    if (time !== null) return time;
    context.addIssue(message);
    return z.NEVER;
  });
}

function spanOf(text: string): ExpectedTime | null {
  const [first = '', second, ...others] = text.split('..');
  const least = parseDuration(first);
  const most = second === undefined ? least : parseDuration(second);
  if (least === null || most === null || most < least || others.length > 0) return null;
  return second === undefined
    ? { leastMs: least - toleranceMs, mostMs: most + toleranceMs }
    : { leastMs: least, mostMs: most };
}
