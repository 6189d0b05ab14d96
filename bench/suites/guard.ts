import { measureCalls } from '../guard/calls.ts';
import { measureHeap } from '../guard/heap.ts';
import { measureCachedRead, measureOpenCircuit } from '../guard/open-circuit.ts';
import { measurePostgres } from '../guard/postgres.ts';
import { measureSize } from '../guard/size.ts';
import type { Suite } from '../suite.ts';

const fullHeapCalls = 10_000_000;
const quickHeapCalls = 2_000_000;

export const guardSuite: Suite = {
  notMeasured: [
    'Single calls by the clock on the wall, and what the engine does for them on threads of its own, such as a part of garbage collection: their figures are processor time of the calling thread.',
    'Calls that fail or miss their deadline in great numbers: what many rejections at once cost.',
    'A guard that reports: no healer is named here, so no report is sent. Reports leave at most every 20 ms for the whole process and are in no call’s way.',
    'The adapter, where the figure says nothing of PostgreSQL: a stand-in that costs nothing is guarded there.',
    'Peers with other options than those named. Cockatiel’s timeout is the aggressive one, since a guarded call is answered at its deadline too; its cooperative one costs less.',
    'Other drivers than node-postgres, queries that take longer than the round trip, and a server on another machine, where a share of the throughput is easier to keep.',
    'A machine that does nothing else: turns and medians make what else runs here cancel out, they do not remove it.',
  ],
  async measure({ full, say }) {
    const heapCalls = full ? fullHeapCalls : quickHeapCalls;
    const rounds = full ? 41 : 15;
    const postgresRounds = full ? 201 : 61;
    say('calls while all is well ...');
    const calls = await measureCalls(rounds);
    say('calls while the circuit is open ...');
    const open = await measureOpenCircuit(rounds);
    const cached = await measureCachedRead(rounds);
    say(`heap after ${heapCalls / 1e6} million calls ...`);
    const heap = await measureHeap(heapCalls);
    say('size ...');
    const size = await measureSize();
    say('queries on PostgreSQL ...');
    const postgres = await measurePostgres(postgresRounds);
    return {
      rows: [...calls, ...open, ...cached, ...heap, ...size, ...postgres.rows],
      conditions: [
        `Time of single calls: processor time of the calling thread, one call at a time, ours and peers turn by turn in one process, ${rounds} rounds after 3 to warm up; medians.`,
        `Heap: ${heapCalls / 1e6} million calls, \`run\` and \`tryRun\` in turn${full ? '' : '; 10 million with `--full`'}.`,
        postgres.condition,
      ],
    };
  },
};
