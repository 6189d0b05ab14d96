import { runOutages } from '../demo/outages.ts';
import type { Phases } from '../demo/phases.ts';
import { percentile } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import type { Suite } from '../suite.ts';

/** How much longer than what the playbook waits for a recovery may take: its own start is part of it. */
const timesTheFloor = 1.5;

export const demoSuite: Suite = {
  notMeasured: [
    'Salt: the repair is `process.restart`, as in `npm run demo`. What an order through Salt takes is in the suite `peers`.',
    'An outage that a person must approve, or that guardrails hold: how long a person takes is no figure of ours.',
    'Other databases: how long PostgreSQL takes to answer again after SIGKILL is part of the recovery.',
  ],
  async measure({ full, say }) {
    const times = full ? 20 : 3;
    say(`${times} outages, about half a minute each ...`);
    const { phases, floorMs } = await runOutages(times, say);
    const bar = {
      rule: 'at most',
      value: (timesTheFloor * floorMs) / 1_000,
      from: `${timesTheFloor} times what is waited for`,
    } as const;
    return {
      rows: [
        ...rows('opening threshold to open, confirmed', phases, ({ confirmed }) => [confirmed]),
        ...rows('step due to permit granted', phases, ({ granted }) => granted),
        ...rows('permit granted to backend called', phases, ({ called }) => called),
        ...rows('backend called to action ended, the step that heals', phases, ({ acted }) => [acted]),
        ...rows('action ended to the database answering', phases, ({ answering }) => [answering]),
        ...rows('the database answering to verified', phases, ({ verified }) => [verified]),
        ...rows('opening threshold to verified recovery', phases, ({ recovered }) => [recovered], bar),
      ],
      conditions: [
        `The outage of \`npm run demo\`, ${times} times, three of them in one run of all its parts (a step that did not help three times asks a person from then on): PGlite's PostgreSQL, Redis where there is one, three actioners with a stream of results, \`prunella up\` with the backend \`process\`. Each begins with SIGKILL of the database, 6 s or more after the end of the one before; in each all results are accounted for, or the run fails.`,
        `Times by the healer's log. The opening threshold is the first fault and \`open.after\`. Between it and the verdict the playbook waits for ${floorMs / 1_000} s at least: until the restart is due (the mild step that cannot help is tried and judged before), \`settle\` and \`soak\`.`,
      ],
    };
  },
};

function rows(
  figure: string,
  phases: readonly Phases[],
  of: (phases: Phases) => readonly number[],
  bar: Row['bar'] = null,
): Row[] {
  const ms = phases.flatMap(of);
  return [50, 95].map((share) =>
    judged({
      figure: `${figure}, p${share}`,
      ours: percentile(ms, share) / 1_000,
      peer: null,
      peerName: 'none',
      bar: share === 95 ? bar : null,
      unit: 's',
    }),
  );
}
