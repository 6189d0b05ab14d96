import { must } from '../conformance-error.ts';
import { resources } from '../trial.ts';
import type { Check } from './check.ts';

export const durabilityChecks: readonly Check[] = [
  {
    name: 'keeps a signal that it acknowledged, and knows it again after a kill',
    async run(trial) {
      const receipt = await trial.signal('kept');
      must(receipt.accepted && !receipt.duplicate, `a new signal must be accepted; it was ${show(receipt)}`);
      await trial.killAndStart();
      const again = await trial.signal('kept');
      must(again.accepted && again.duplicate, `it must be known after a kill; it was ${show(again)}`);
      const times = await trial.count(({ event }) => event.type === 'signal-received');
      must(times === 1, `the log must tell of it once; it does ${times} times`);
    },
  },
  {
    name: 'takes a signal that comes twice at the same moment once',
    async run(trial) {
      const receipts = await Promise.all([trial.signal('twice'), trial.signal('twice')]);
      const news = receipts.filter((receipt) => receipt.accepted && !receipt.duplicate).length;
      must(news === 1, `one of two must be new; ${news} were`);
      const times = await trial.count(({ event }) => event.type === 'signal-received');
      must(times === 1, `the log must tell of it once; it does ${times} times`);
    },
  },
  {
    name: 'takes a signal of each resource and type for itself, whatever had its id',
    async run(trial) {
      const [one, two] = resources;
      const signals = [
        () => trial.signal('shared', one),
        () => trial.signal('shared', two),
        () => trial.signal('shared', one, 'other'),
      ];
      for (const send of signals) {
        const receipt = await send();
        must(
          receipt.accepted && !receipt.duplicate,
          `who guesses an id must suppress nothing but of what they may speak of; the answer was ${show(receipt)}`,
        );
      }
      const atOnce = await Promise.all([trial.signal('at once', one), trial.signal('at once', two)]);
      const news = atOnce.filter((receipt) => receipt.accepted && !receipt.duplicate).length;
      must(news === 2, `two resources must each have theirs at the same moment; ${news} had`);
      await trial.killAndStart();
      for (const send of signals) {
        const again = await send();
        must(again.accepted && again.duplicate, `each must be known after a kill; one was ${show(again)}`);
      }
    },
  },
  {
    name: 'keeps the kill switch over a kill, and grants nothing until it is lifted',
    async run(trial) {
      await trial.during(trial.engine.pause('conformance', 'a check'));
      await trial.killAndStart();
      must(trial.engine.pauseInForce() !== null, 'who pulled the kill switch must be known after a kill');
      await trial.signal('paused');
      await trial.time.advance(10_000);
      const { length } = trial.backend.dispatched;
      must(length === 0, `nothing must be sent while the kill switch is pulled; ${length} orders were`);
      await trial.during(trial.engine.resume('conformance'));
      await trial.untilDispatched();
    },
  },
  {
    name: "keeps a person's command that it accepted",
    async run(trial) {
      await trial.signal('commanded');
      const command = { type: 'claim', reason: 'a check' } as const;
      const given = trial.engine.command(resources[0], { id: 'claim-1', by: 'conformance', command });
      const receipt = await trial.during(given);
      must(receipt.accepted, `a claim of an open incident must be accepted; it was ${show(receipt)}`);
      await trial.killAndStart();
      const times = await trial.count(
        ({ event }) => event.type === 'operator-commanded' && event.command.id === 'claim-1',
      );
      must(times === 1, `the log must tell of it once after a kill; it does ${times} times`);
    },
  },
  {
    name: 'accounts for every trigger, also over a kill',
    async run(trial) {
      await trial.signal('first');
      await trial.signal('second');
      await trial.signal('other', resources[1]);
      await trial.untilDispatched();
      await trial.killAndStart();
      const ledger = await trial.running.ledger();
      const { accepted, executed, suppressed, rejected, expired, pending } = ledger;
      const sum = executed + suppressed + rejected + expired + pending;
      must(
        accepted === sum,
        `each trigger must have one fate; ${accepted} were accepted, ${sum} accounted for`,
      );
      must(accepted >= 3, `three signals were accepted; the ledger knows ${accepted}`);
    },
  },
];

function show(value: unknown): string {
  return JSON.stringify(value);
}
