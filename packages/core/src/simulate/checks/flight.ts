import type { Rule } from './rule.ts';
import type { ToldAttempt } from './story.ts';

function isOpenAt(attempt: ToldAttempt, index: number): boolean {
  if (attempt.intended === null || attempt.intended.index >= index) return false;
  return attempt.over === null || attempt.over.index > index;
}

export const oneInFlight: Rule = {
  name: 'one-in-flight',
  holds: 'one attempt is in flight per resource and per target, from intent to verdict',
  check: (_run, { intended }) =>
    intended.flatMap((attempt) =>
      intended
        .filter((other) => other !== attempt && isOpenAt(other, attempt.intended.index))
        .filter(
          (other) =>
            other.resource === attempt.resource ||
            other.targets.some((target) => attempt.targets.includes(target)),
        )
        .map((other) => ({
          at: attempt.intended.at,
          what: `${attempt.id} was begun while ${other.id} was not over`,
        })),
    ),
};

export const intentBeforeAct: Rule = {
  name: 'intent-before-act',
  holds:
    'a backend is called once for an attempt, and only when the intent is on disk, with those very targets',
  check: ({ entries }, { intended }) => {
    const sent = new Set<string>();
    return entries.flatMap((entry, index) => {
      if (entry.type !== 'sent') return [];
      const { attempt: id, targets } = entry.order;
      const attempt = intended.find((each) => each.id === id);
      const breaches = [];
      if (sent.has(id)) breaches.push({ at: entry.at, what: `${id} was sent twice` });
      sent.add(id);
      if (attempt === undefined || attempt.intended.index > index) {
        breaches.push({ at: entry.at, what: `${id} was sent before its intent was written` });
      } else if (targets.join() !== attempt.targets.join()) {
        breaches.push({
          at: entry.at,
          what: `${id} was sent to ${targets.join()}, intended for ${attempt.targets.join()}`,
        });
      }
      return breaches;
    });
  },
};

export const nothingToNobody: Rule = {
  name: 'nothing-to-nobody',
  holds: 'no order goes out without a target: an empty set means nothing',
  check: (_run, { intended }) =>
    intended
      .filter(({ targets }) => targets.length === 0)
      .map(({ id, intended: { at } }) => ({ at, what: `${id} was begun for no target at all` })),
};

/** How long an unused lease may outlive its attempt; it expires by itself. */
const leaseMs = 11_000;

export const locksGivenBack: Rule = {
  name: 'locks-given-back',
  holds: 'the targets of an attempt that is over are free again',
  check: ({ history, fleet, entries }, { attempts }) =>
    fleet.leases.rows().flatMap((lease) => {
      const over = attempts.find(({ id }) => id === lease.attempt)?.over ?? null;
      const endedAt = entries[entries.length - 1]?.at ?? history.durationMs;
      if (over === null || over.at > endedAt - leaseMs) return [];
      return [{ at: over.at, what: `${lease.attempt} is over, and ${lease.targets.join()} is still locked` }];
    }),
};

export const inTime: Rule = {
  name: 'not-after',
  holds: 'no order is sent past its notAfter, which is as far from its intent as the step says',
  check: ({ entries }, { intended }) =>
    entries.flatMap((entry) => {
      if (entry.type !== 'sent') return [];
      const { attempt: id, notAfter, deadlineAt } = entry.order;
      const attempt = intended.find((each) => each.id === id);
      const breaches = [];
      if (entry.clock > notAfter) {
        breaches.push({ at: entry.at, what: `${id} was sent ${entry.clock - notAfter} ms past its time` });
      }
      if (attempt === undefined) return breaches;
      const { clock } = attempt.intended;
      if (notAfter > clock + attempt.step.notAfterMs || deadlineAt > clock + attempt.step.deadlineMs) {
        breaches.push({ at: entry.at, what: `${id} carries later times than its step allows` });
      }
      return breaches;
    }),
};
