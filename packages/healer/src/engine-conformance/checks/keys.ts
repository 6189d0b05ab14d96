import { must } from '../conformance-error.ts';
import { resources } from '../trial.ts';
import type { Check } from './check.ts';

const [one, two] = resources;

/** What an engine needs that has one writer for each resource and one for the fleet, and no more than that. */
export const keyChecks: readonly Check[] = [
  {
    name: 'lets no resource wait for the backend of another',
    async run(trial) {
      trial.backend.onResolve = ({ resource }) =>
        resource === one ? new Promise<never>(() => undefined) : Promise.resolve();
      await trial.signal('hangs', one);
      await trial.time.advance(2_000);
      await trial.signal('goes on', two);
      const { order } = await trial.untilDispatched();
      must(order.resource === two, `the order must be for ${two}; it is for ${order.resource}`);
    },
  },
  {
    name: 'bounds the attempts of all resources together',
    async run(trial) {
      await trial.signal('of one', one);
      const first = await trial.untilDispatched();
      await trial.during(trial.engine.pause('conformance', 'a check'));
      await trial.signal('of two', two);
      await trial.time.advance(5_000);
      const { length } = trial.backend.dispatched;
      must(length === 1, `the fleet's word must reach every resource; ${length} orders were sent`);
      await trial.during(trial.engine.resume('conformance'));
      const second = await trial.untilDispatched(2);
      const [before, after] = [first.order.fence, second.order.fence];
      must(
        before.authority === after.authority && after.number > before.number,
        `fences of all resources must come from one fleet: ${JSON.stringify([before, after])}`,
      );
    },
  },
];
