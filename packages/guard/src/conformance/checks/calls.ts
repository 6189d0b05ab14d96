import { must, shown } from '../conformance-error.ts';
import { told } from '../trial.ts';
import type { Check } from './check.ts';

const callsAtOnce = 20;

export const answersCalls: Check = {
  name: 'answers calls, many at once, and pings',
  async run(trial) {
    await trial.mustAnswer('while the server is well');
    const outcomes = await Promise.all(Array.from({ length: callsAtOnce }, () => trial.callToItsEnd()));
    const other = outcomes.find((outcome) => outcome.ended !== 'answered');
    must(other === undefined, `${callsAtOnce} calls at once must be answered; one ${other && told(other)}`);
    const pinged = await trial.ping(trial.patienceMs);
    must(pinged === 'passed', `a ping must pass while the server is well: ${pinged}`);
  },
};

export const refusesAfterTheEnd: Check = {
  name: 'refuses a handle whose call has ended',
  async run(trial) {
    const lease = trial.adapter.lease();
    await trial.within('a call to be answered', () => trial.harness.call(lease.handle));
    lease.end();
    const late = await trial.within('a handle that is used after its call to refuse', () =>
      trial.harness.call(lease.handle),
    );
    must(!late.ok, "a handle that is used after its call has ended must refuse: its work would be nobody's");
    const { kind } = trial.classify(late.error);
    must(
      kind === 'caller',
      `that refusal is the application's own mistake, 'caller', not '${kind}'`,
      late.error,
    );
  },
};

export const endsInAnyOrder: Check = {
  name: 'takes abandon and end in any order without throwing',
  async run(trial) {
    const orders = [
      ['end', 'abandon'],
      ['abandon', 'end'],
      ['abandon', 'abandon', 'end', 'abandon'],
      ['end'],
    ] as const;
    for (const isUsed of [false, true]) {
      for (const order of orders) {
        const lease = trial.adapter.lease();
        if (isUsed) await trial.within('a call to be answered', () => trial.harness.call(lease.handle));
        try {
          for (const step of order) lease[step]();
          lease.waitsForOwnPool();
          lease.mayHaveSent?.();
        } catch (error) {
          must(false, `abandon, end and what is asked after them must never throw: ${shown(error)}`, error);
        }
      }
    }
    await trial.mustAnswer('after that');
  },
};

export const knowsWhereACallWaits: Check = {
  name: 'tells a call at the resource from one that waits for something else',
  async run(trial) {
    const elsewhere = trial.adapter.lease();
    await trial.within('a call to be answered', () => trial.harness.call(elsewhere.handle));
    must(
      elsewhere.waitsForOwnPool(),
      'waitsForOwnPool must be true of a call that waits for nothing at the resource (its miss is `local`)',
    );
    elsewhere.abandon();
    must(elsewhere.waitsForOwnPool(), 'after abandon, waitsForOwnPool must say what was true then');
    elsewhere.end();

    await trial.harness.server.stall();
    const { lease } = await trial.begin(trial.harness.call);
    const before = lease.mayHaveSent?.();
    lease.abandon();
    must(
      !lease.waitsForOwnPool(),
      'after abandon, waitsForOwnPool must still be false of a call that was at the resource',
    );
    must(lease.mayHaveSent?.() === before, 'after abandon, mayHaveSent must say what was true then');
    lease.end();
  },
};

export const settlesWhatItAbandons: Check = {
  name: 'lets every abandoned call settle, and serves on',
  async run(trial) {
    await trial.mustAnswer('while the server is well');
    await trial.harness.server.stall();
    const begun = await Promise.all(
      Array.from({ length: callsAtOnce }, async () => {
        const lease = trial.adapter.lease();
        const running = trial.within('an abandoned call to settle when the server goes on', () =>
          trial.harness.call(lease.handle),
        );
        running.catch(() => {});
        return { lease, running };
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    for (const { lease } of begun) {
      lease.abandon();
      lease.end();
    }
    await trial.harness.server.resume();
    await Promise.all(begun.map(({ running }) => running));
    await trial.untilItServes('when the server goes on after a stall');
    await trial.mustAnswer('after a stall');
  },
};

export const isNotStarved: Check = {
  name: 'is not starved by calls that missed their deadline',
  needs: 'slow',
  async run(trial) {
    const slow = (handle: Parameters<typeof trial.harness.call>[0]) =>
      trial.harness.slow?.(handle) ?? Promise.resolve();
    const outcomes = await Promise.all(Array.from({ length: callsAtOnce }, () => trial.call(slow)));
    const other = outcomes.find((outcome) => outcome.ended !== 'missed');
    must(
      other === undefined,
      `the slow calls must miss the deadline of the checks; one ${other && told(other)}`,
    );
    await trial.until(
      'a call to be answered after as many slow ones were abandoned: they must not keep their clients',
      async () => (await trial.call()).ended === 'answered',
    );
  },
};
