import type { LogEntry } from '@prunella/core';
import { must } from '../conformance-error.ts';
import { resources } from '../trial.ts';
import type { Check } from './check.ts';

export const logChecks: readonly Check[] = [
  {
    name: 'tells a listener nothing that a kill undoes',
    async run(trial) {
      const told: LogEntry[] = [];
      const killed = new Promise<void>((resolve) => {
        trial.engine.onLog((entry) => {
          if (told.length === 0) resolve(trial.running.kill());
          told.push(entry);
        });
      });
      void trial.engine
        .signal({
          id: 'told',
          source: 'conformance',
          type: 'alert',
          resource: resources[0],
          status: 'firing',
          summary: 'x',
        })
        .catch(() => undefined);
      await killed;
      await trial.start();
      const kept = new Set((await trial.log()).map((entry) => JSON.stringify(entry)));
      const undone = told.find((entry) => !kept.has(JSON.stringify(entry)));
      must(
        undone === undefined,
        `what was told must be in the log after a kill; this is not: ${JSON.stringify(undone)}`,
      );
    },
  },
  {
    name: 'tells each entry once, in the order of its number, as the log has it',
    async run(trial) {
      const told: LogEntry[] = [];
      const unsubscribe = trial.engine.onLog((entry) => told.push(entry));
      const before = new Set((await trial.log()).map(({ sequence }) => sequence));
      for (const number of [1, 2, 3]) {
        for (const resource of resources) await trial.signal(`${resource} ${number}`, resource);
      }
      await trial.time.advance(1_000);
      unsubscribe();
      const log = await trial.log();
      const isRising = log.every(({ sequence }, index) => sequence > (log[index - 1]?.sequence ?? -1));
      must(isRising, 'the numbers of the log must rise, each used once');
      for (const resource of resources) {
        const mine = ({ resource: of, sequence }: LogEntry) => of === resource && !before.has(sequence);
        const asTold = JSON.stringify(told.filter(mine));
        const asKept = JSON.stringify(log.filter(mine));
        must(asTold === asKept, `of ${resource} was told ${asTold}, and the log has ${asKept}`);
      }
    },
  },
  {
    name: 'reads the log by resource and by page without a gap',
    async run(trial) {
      for (const number of [1, 2, 3, 4]) {
        for (const resource of resources) await trial.signal(`${resource} ${number}`, resource);
      }
      const [resource] = resources;
      const whole = (await trial.log()).filter((entry) => entry.resource === resource);
      const paged: LogEntry[] = [];
      for (let after = 0; ; ) {
        const page = await trial.engine.log({ resource, after, limit: 3 });
        const end = page.at(-1)?.sequence;
        if (end === undefined || end <= after) break;
        paged.push(...page);
        after = end;
      }
      must(
        JSON.stringify(paged) === JSON.stringify(whole),
        `pages must have what the whole has: ${paged.length} entries, and ${whole.length}`,
      );
    },
  },
];
