import type { ActionResult, AttemptOrder, TargetOutcome } from '@prunella/core';
import { z } from 'zod';

const text = z.string().transform((given) => given.replace(/\p{Cc}+/gu, ' ').slice(0, 1_000));
const outcome = z.enum(['succeeded', 'failed', 'unknown', 'refused']);

/** What the other side may say of an order, in its answer, at its status address, in a callback. More is ignored. */
const answerBody = z.object({
  outcome: z.union([outcome, z.literal('running')]),
  summary: text.optional(),
  targets: z
    .array(z.object({ id: z.string().max(500), outcome, detail: text.optional() }))
    .max(10_000)
    .optional(),
  /** True where it compared the fence of the order with the last one that it took. */
  fenced: z.boolean().optional(),
  /** Where to look again, for `running`. */
  status: z.string().max(2_000).optional(),
});

export type Answer = z.output<typeof answerBody>;

/** Null where the text says nothing of an outcome. */
export function readAnswer(body: string): Answer | null {
  try {
    const read = answerBody.safeParse(JSON.parse(body));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/** Targets that the answer does not name share its outcome; what it says of others is left out. */
export function resultOf(order: AttemptOrder, answer: Answer): ActionResult {
  if (answer.outcome === 'running') return unknownResult(order, 'it was still under way at the deadline');
  const whole = answer.outcome;
  const summary = answer.summary ?? `the other side says: ${whole}`;
  const named = new Map((answer.targets ?? []).map((target) => [target.id, target]));
  const targets = order.targets.map((id): TargetOutcome => {
    const one = named.get(id);
    return {
      id,
      outcome: one?.outcome ?? whole,
      detail: one?.detail ?? summary,
      fenced: answer.fenced === true,
    };
  });
  return { outcome: worstOf(whole, targets), summary, targets };
}

/** A success that one of its targets contradicts is none. */
function worstOf(
  whole: Exclude<Answer['outcome'], 'running'>,
  targets: readonly TargetOutcome[],
): ActionResult['outcome'] {
  if (whole === 'unknown' || targets.some((target) => target.outcome === 'unknown')) return 'unknown';
  if (whole !== 'succeeded') return 'failed';
  return targets.every((target) => target.outcome === 'succeeded') ? 'succeeded' : 'failed';
}

export function unknownResult(order: AttemptOrder, summary: string): ActionResult {
  return { outcome: 'unknown', summary, targets: each(order, 'unknown', summary) };
}

export function failedResult(
  order: AttemptOrder,
  summary: string,
  { refused = false, neverSent = false } = {},
): ActionResult {
  const targets = each(order, refused ? 'refused' : 'failed', summary);
  return { outcome: 'failed', summary, targets, ...(neverSent ? { neverSent } : {}) };
}

function each(order: AttemptOrder, outcome: TargetOutcome['outcome'], detail: string): TargetOutcome[] {
  return order.targets.map((id) => ({ id, outcome, detail, fenced: false }));
}
