import { setTimeout as delay } from 'node:timers/promises';
import type { LogEntry } from '@prunella/core';
import { parsePlaybook } from '@prunella/core';
import { breakAndWatch, OutageWatch, warmUp } from '../../demo/outage.ts';
import { openStage, type Stage } from '../../demo/stage.ts';
import { Teardown } from '../../demo/teardown.ts';
import { type Phases, phasesOf, type Waits } from './phases.ts';

/** The mild step's `every`, from start to start, is over by then: each outage begins with the whole ladder. */
const betweenMs = 6_000;
/** A step that did not help three times at a resource asks a person from then on, so every third has a fresh healer. */
const outagesOfOneHealer = 3;

interface Outages {
  readonly phases: readonly Phases[];
  /** What the playbook and the backend wait for between the opening threshold and the verdict at least, ms. */
  readonly floorMs: number;
}

/** The demo's outage, as `npm run demo -- --headless` has it, so many times over. */
export async function runOutages(times: number, say: (line: string) => void): Promise<Outages> {
  const phases: Phases[] = [];
  let floorMs = 0;
  while (phases.length < times) {
    const some = await runSome(Math.min(outagesOfOneHealer, times - phases.length));
    phases.push(...some.phases);
    floorMs = some.floorMs;
    say(`${phases.length} of ${times} outages`);
  }
  return { phases, floorMs };
}

/** In one run of all the demo's parts. */
async function runSome(times: number): Promise<Outages> {
  const teardown = new Teardown();
  try {
    const { stage, watch, taken } = await open(teardown);
    const { waits, floorMs } = waitsOf(stage.playbook);
    const phases: Phases[] = [];
    for (let time = 1; time <= times; time += 1) {
      taken.length = 0;
      const { missing } = await breakAndWatch(stage, watch, 'process', 'SIGKILL', () => {});
      if (missing.length > 0) throw new Error(`an outage did not go as it must: ${missing.join('; ')}`);
      phases.push(phasesOf(taken, waits));
      if (time < times) {
        stage.actioners.send();
        await delay(betweenMs);
      }
    }
    return { phases, floorMs };
  } finally {
    await teardown.run();
  }
}

async function open(teardown: Teardown) {
  const watch = new OutageWatch();
  const taken: LogEntry[] = [];
  let observers = 0;
  let opened: Stage | undefined;
  const stage = await openStage(
    { headless: true, repairBy: 'process', memoryCache: false, keep: false, open: false, stay: false },
    {
      say: () => {},
      onActionerLine: (instance, line) => opened?.tally.told(instance, line),
      onLogEntry: (entry) => {
        watch.take(entry);
        taken.push(entry);
        if (entry.event.type === 'summary-changed') observers = entry.event.observers;
      },
      onStage: (made) => {
        opened = made;
      },
    },
    teardown,
    new AbortController().signal,
  );
  await warmUp(stage, () => observers === stage.actioners.count);
  return { stage, watch, taken };
}

/** `settle` of the demo's service: how long a process must run to count as started. */
const settleMs = 500;

function waitsOf(text: string): { readonly waits: Waits; readonly floorMs: number } {
  const [playbook] = parsePlaybook(text, 'playbook.yaml').playbooks;
  if (playbook === undefined) throw new Error("the demo's playbook cannot be read");
  const { open, ladder } = playbook;
  const healing = ladder[ladder.length - 1];
  const stepsAfterMs = ladder.map(({ afterMs }) => afterMs);
  return {
    waits: { openAfterMs: open.afterMs, stepsAfterMs },
    floorMs: (healing?.afterMs ?? 0) - open.afterMs + settleMs + (healing?.verify.soakMs ?? 0),
  };
}
