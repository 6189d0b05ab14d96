import { faultKinds, isResourceName } from '@prunella/protocol';
import { z } from 'zod';
import { durationText, lazySchema, shareText } from '../document/schema.ts';
import { standardAutonomy } from './playbook.ts';
import { windowsText } from './windows-text.ts';

/** What a step's text leaves out and its effect decides. */
export const defaultsByEffect = {
  restores: { max: 3, windowMs: 120_000 },
  repairs: { max: 3, windowMs: 600_000 },
  disrupts: { max: 2, windowMs: 120_000 },
} as const;

/** How a target's expression is read; `glob` where only a text is written. */
const matchers = ['glob', 'list', 'grain', 'compound', 'nodegroup', 'pillar'] as const;

const mostSteps = 50;
const playbookNamePattern = /^[A-Za-z0-9][\w.-]{0,99}$/;
const resourcePatternPattern = /^(?:\*|[a-z0-9*][a-z0-9_.*-]*\/[A-Za-z0-9*][\w.:*-]*)$/;

/** The text form of a playbook: what people write in YAML. */
export const playbookText = lazySchema(() =>
  z.strictObject({
    playbook: playbookName().describe('The name of the playbook, unique in the installation.'),
    for: resourcePattern()
      .optional()
      .describe(
        'The resource it heals, or a pattern with `*`. The most specific match owns a resource. Must be written, but for a `template`.',
      ),
    template: z
      .literal(true)
      .optional()
      .describe('It heals nothing itself and is there to be extended; in place of `for`.'),
    extends: playbookName().optional().describe('The playbook from which it takes what it leaves out.'),
    dependsOn: z
      .array(z.string().max(200).refine(isResourceName, 'must be a resource such as postgres/main'))
      .max(100)
      .prefault([])
      .describe('Resources without which it cannot be well. While one of them is sick, it is not repaired.'),
    nodes: nodesText()
      .prefault({})
      .describe(
        'Targets, and failure domains, by node, beside those of `prunella.yaml`, which go before: `db1: minion-of-db1`, or `db1: { target: minion-of-db1, domain: rack-1 }`.',
      ),
    open: openText().prefault({}).describe('When an incident opens.'),
    ladder: z
      .array(stepText())
      .min(1, 'must have at least one step')
      .max(mostSteps, `must have at most ${mostSteps} steps`)
      .optional()
      .describe('The steps, mildest first. Must be written, but where it is taken from another playbook.'),
    limits: limitText().prefault({}).describe('What bounds the attempts.'),
    windows: windowsText().optional().describe('When attempts may run, by the clock on the wall.'),
    overrides: z
      .array(overrideText())
      .max(50, 'must have at most 50 entries')
      .prefault([])
      .describe('What is different for resources with certain labels; later ones win.'),
  }),
);

export type PlaybookText = z.output<ReturnType<typeof playbookText>>;
export type StepText = NonNullable<PlaybookText['ladder']>[number];
export type OverrideText = PlaybookText['overrides'][number];

function playbookName() {
  return z
    .string()
    .regex(playbookNamePattern, 'must be a name of letters, digits, `.`, `_` and `-`, at most 100 long');
}

function resourcePattern() {
  return z
    .string()
    .max(200)
    .regex(
      resourcePatternPattern,
      'must be a resource such as rethinkdb/main, or a pattern such as rethinkdb/*',
    );
}

function nodesText() {
  const name = z
    .string()
    .regex(/^[A-Za-z0-9][\w.:-]{0,199}$/, 'must be a name of letters, digits, `.`, `_`, `:` and `-`');
  const target = z.string().min(1).max(500);
  return z.record(
    name,
    z.union([
      target,
      z.strictObject({
        target: target.optional().describe('Its target, such as a Salt minion id.'),
        domain: z.string().min(1).max(200).optional().describe('What fails with it at once, such as a rack.'),
      }),
    ]),
  );
}

function conditionText() {
  return z.string().trim().min(1, 'must not be empty');
}

/** The same keys, each of which may be left out; what is left out stays as it was. */
function overrideText() {
  const label = z.string().max(1_000);
  const step = stepText().omit({ id: true, action: true });
  return z.strictObject({
    labels: z
      .record(z.string().min(1).max(200), z.union([label, z.array(label).min(1).max(100)]))
      .refine((labels) => Object.keys(labels).length > 0, 'must name at least one label')
      .describe('All must be there, each with the value or one of the values.'),
    open: changes(openText().extend({ quorum: changes(quorumText()) }))
      .prefault({})
      .describe('Keys of `open` that are different.'),
    limits: changes(limitText()).prefault({}).describe('Keys of `limits` that are different.'),
    windows: windowsText().optional().describe('Other windows, in place of those of the playbook.'),
    ladder: z
      .record(z.string().max(200), changes(step))
      .prefault({})
      .describe("Keys of steps that are different, by the step's id; all but `id` and `action`."),
  });
}

function quorumText() {
  return z.strictObject({
    share: shareText().prefault(0.5).describe('Share of the observers that must be sick: 0.5 or 50%.'),
    hosts: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe(
        'Hosts that the sick ones must be on; 2 where left out. Written as 1, one host is enough for what disrupts, too.',
      ),
  });
}

function openText() {
  const signalType = z.string().min(1).max(200);
  return z.strictObject({
    after: durationText().prefault('60s').describe('Sick for this long before an incident opens.'),
    afterTimeoutOnly: durationText()
      .prefault('120s')
      .describe('The same where every sick observer names `timeout` only.'),
    quorum: quorumText().prefault({}).describe('How many observers must agree.'),
    confirm: z
      .union([
        z.enum(['probe', 'none']),
        z.strictObject({
          failures: z.int().min(1).max(100).prefault(3).describe('Failed probes in a row.'),
          every: durationText({ leastMs: 10 }).prefault('5s').describe('From one to the next.'),
          timeout: durationText({ leastMs: 10 }).prefault('2s').describe('Of each probe.'),
        }),
      ])
      .prefault('probe')
      .describe("`probe`: the healer's own probe must fail too. `none`: the evidence alone opens."),
    signals: z
      .array(
        z.union([
          signalType,
          z.strictObject({
            type: signalType.describe('Its type, or a pattern.'),
            if: conditionText().describe("A condition on it, such as `signal.data.severity == 'critical'`."),
          }),
        ]),
      )
      .max(100)
      .prefault([])
      .describe(
        'Types of signals that open by themselves, such as `process.exit`; `*` stands for any run of characters.',
      ),
    graceAfterStart: durationText()
      .optional()
      .describe(
        "Nothing but what restores runs for this long after the healer's start; 60s where neither this nor the configuration says otherwise. Does not hold what a signal opened with `confirm: none`.",
      ),
    graceAfterDeploy: durationText()
      .prefault('120s')
      .describe('Nothing but what restores runs for this long after the end of an announced deploy.'),
  });
}

function stepText() {
  return z.strictObject({
    id: playbookName()
      .optional()
      .describe(
        "Unique in the playbook; the action's name where left out, with -2 and so on where it repeats.",
      ),
    action: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        '`backend.action`, such as salt.service.restart. Must be written, but where `id` names a step of the playbook that is extended.',
      ),
    with: z
      .record(z.string(), z.unknown())
      .refine(isJson, 'must be made of JSON values: no .nan and no .inf')
      .prefault({})
      .describe("The action's arguments; `{{ node }}` and the like stand for facts of the attempt."),
    target: targetText()
      .prefault('failing-nodes')
      .describe(
        '`failing-nodes`: the nodes whose own probe fails. A text: a glob. Or a matcher and its expression.',
      ),
    after: durationText().prefault('0s').describe('Counted from the first fault of the incident.'),
    every: durationText({ leastMs: 100 }).prefault('10m').describe('From start to start.'),
    max: z
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .describe('Runs in one incident; by effect: repairs 3, disrupts 2.'),
    autonomy: z
      .enum(['shadow', 'ask', 'auto'])
      .prefault(standardAutonomy)
      .describe('`shadow` says what it would do, `ask` waits for a person, `auto` acts.'),
    deadline: durationText({ leastMs: 100 })
      .prefault('5m')
      .describe('The action must have ended within this.'),
    notAfter: durationText({ leastMs: 100 })
      .prefault('30s')
      .describe('An order not begun this long after its dispatch is void.'),
    window: durationText({ leastMs: 100 })
      .optional()
      .describe('How long the repair has to show its effect; by effect: repairs 10m, disrupts 2m.'),
    soak: durationText().prefault('60s').describe('How long the recovery must last, inside the window.'),
    cohort: shareText()
      .prefault(0.8)
      .describe('Share of the complaining instances that must be ok: 0.8 or 80%.'),
    when: z
      .array(z.enum(faultKinds))
      .min(1, 'must name at least one kind')
      .max(faultKinds.length)
      .optional()
      .describe('Only while the incident shows one of these kinds of fault.'),
    if: conditionText()
      .optional()
      .describe("Only while this condition is true, such as `labels.tier == 'gold'`."),
    dryRun: z
      .strictObject({
        mostChanges: z
          .int()
          .min(0)
          .max(10_000)
          .prefault(10)
          .describe('Refused where it would change more than this on one target.'),
        never: z
          .array(z.string().min(1).max(200))
          .max(100)
          .prefault([])
          .describe(
            'Refused where it would change one of these, such as the ids of states; `*` stands for any run of characters.',
          ),
      })
      .optional()
      .describe('First see what it would change; whoever is asked is shown that.'),
    onHold: z
      .enum(['wait', 'next'])
      .prefault('wait')
      .describe('A held step keeps stronger ones waiting, unless `next`.'),
  });
}

function targetText() {
  const expression = z.string().trim().min(1, 'must not be empty: an empty target means nothing').max(2_000);
  return z.union([
    expression,
    z.strictObject({
      match: z.enum(matchers).describe('How the expression is read.'),
      expression: expression.describe('Whom it means.'),
    }),
  ]);
}

function limitText() {
  const count = () => z.int().min(1).max(1_000_000);
  return z.strictObject({
    attemptsPerDay: count().prefault(4).describe('Attempts for this resource in a rolling day.'),
    disruptivePerFleetHour: count()
      .prefault(5)
      .describe('Disruptive attempts for the whole fleet in a rolling hour.'),
    flappingOpenings: count()
      .prefault(3)
      .describe('Openings and reopenings in an hour from which on steps are `ask`.'),
    flappingAskFor: durationText().prefault('24h').describe('How long they then are `ask`.'),
    blastRadiusNodes: count().prefault(1).describe('Nodes that one attempt may touch.'),
    blastRadiusShare: shareText()
      .prefault(1)
      .describe(
        'Share of the declared nodes that one attempt may touch: 0.2 or 20%. One node it always may.',
      ),
    blastRadiusDomains: count().prefault(1).describe('Failure domains that one attempt may touch.'),
    healthyShare: shareText()
      .prefault(0.5)
      .describe('Share of the nodes whose probe passes that what disrupts leaves alone: 0.5 or 50%.'),
    overloadedFrom: shareText()
      .prefault(0.9)
      .describe('From this share of its capacity in use on, missed deadlines count as overload: 0.9 or 90%.'),
    ineffectiveInARow: count()
      .prefault(3)
      .describe('Ineffective runs of one action in a row, over incidents, after which it is `ask`.'),
    afterOwnAttempt: durationText()
      .prefault('5m')
      .describe(
        'What broke after an attempt of another resource on the same target is not repaired for this long after its end.',
      ),
    approval: durationText({ leastMs: 1_000 })
      .prefault('15m')
      .describe('How long a request for approval is open; then the answer is no.'),
    relapse: durationText()
      .prefault('30m')
      .describe('A relapse within this of closing reopens the same incident.'),
  });
}

/** An object without its defaults: only what is written is there. */
function changes<Shape extends z.core.$ZodShape>(object: z.ZodObject<Shape, z.core.$strict>) {
  const shape: Record<string, z.ZodType> = {};
  for (const [key, member] of Object.entries(object.shape)) {
    const inner = member instanceof z.ZodPrefault ? member.unwrap() : member;
    if (!(inner instanceof z.ZodType)) continue;
    shape[key] = inner.optional().describe((member as unknown as z.ZodType).description ?? '');
  }
  return z.strictObject(shape as { [Key in keyof Shape]: z.ZodOptional<Shape[Key]> });
}

/** YAML can say numbers that JSON cannot. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isJson);
}
