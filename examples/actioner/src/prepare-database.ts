import { parseArgs } from 'node:util';
import { withStore } from './open-store.ts';
import { wholeNumber } from './options.ts';
import { prepareDatabase } from './prepare.ts';
import { sampleMonitors, sampleReactions } from './sample.ts';
import type { Store } from './store.ts';

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    monitors: { type: 'string', default: '4' },
    trigger: { type: 'string', default: '5' },
    'frequency-s': { type: 'string', default: '30' },
  },
});

/** Makes tables, and monitors `web-1` to `web-N` with a reaction each. What is there already stays. */
async function prepare<Handle>(store: Store<Handle>): Promise<void> {
  const guard = store.guard({ reconnect: { baseMs: 50, capMs: 500 } });
  const monitors = sampleMonitors(wholeNumber('--monitors', values.monitors));
  const trigger = wholeNumber('--trigger', values.trigger);
  const frequency = wholeNumber('--frequency-s', values['frequency-s']);
  const reactions = sampleReactions(monitors, { trigger, frequency });
  try {
    await prepareDatabase(store, guard, monitors, reactions);
  } finally {
    await guard.detach();
    await store.close();
  }
}

await withStore(values.database ?? '', 'main', prepare);
