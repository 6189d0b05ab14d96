import { measureCalls } from '../guard/calls.ts';
import { measureFleet } from '../guard/fleet.ts';
import { measureHeap } from '../guard/heap.ts';
import { measureMisses } from '../guard/misses.ts';
import { measureCachedRead, measureOpenCircuit } from '../guard/open-circuit.ts';
import { measurePostgres } from '../guard/postgres.ts';
import { measureSize } from '../guard/size.ts';
import type { Suite } from '../suite.ts';

const fullHeapCalls = 10_000_000;
const quickHeapCalls = 2_000_000;
const fullFleet = 10_000;
const quickFleet = 2_000;

export const guardSuite: Suite = {
  notMeasured: [
    'Processor time of single calls: that of a thread moves on in ticks of up to 4 ms, too coarse for a round. What the engine does on threads of its own is in the figures only as far as the calls wait for it.',
    'A guard that reports, but in the fleet: elsewhere no healer is named, so no report is sent. Reports leave at most every 20 ms for the whole process and are in no call’s way.',
    'The adapter, where the figure says nothing of PostgreSQL: a stand-in that costs nothing is guarded there.',
    'Peers with other options than those named. Cockatiel’s timeout is the aggressive one, since a guarded call is answered at its deadline too; its cooperative one costs less.',
    'Other drivers than node-postgres, queries that take longer than the round trip, and a server on another machine, where a share of the throughput is easier to keep.',
    'A machine that does nothing else: turns and medians make what else runs here cancel out, they do not remove it.',
  ],
  async measure({ full, say }) {
    const heapCalls = full ? fullHeapCalls : quickHeapCalls;
    const rounds = full ? 41 : 15;
    const postgresRounds = full ? 501 : 151;
    say('calls while all is well ...');
    const calls = await measureCalls(rounds);
    say('calls while the circuit is open ...');
    const open = await measureOpenCircuit(rounds);
    const cached = await measureCachedRead(rounds);
    say(`heap after ${heapCalls / 1e6} million calls ...`);
    const heap = await measureHeap(heapCalls);
    say('calls that all miss their deadline ...');
    const misses = await measureMisses(rounds);
    say('size ...');
    const size = await measureSize();
    say('queries on PostgreSQL ...');
    const postgres = await measurePostgres(postgresRounds);
    say('a fleet of guards ...');
    const fleet = await measureFleet(full ? fullFleet : quickFleet);
    return {
      rows: [...calls, ...open, ...cached, ...heap, ...misses, ...size, ...postgres.rows, ...fleet.rows],
      conditions: [
        `Time of single calls: by the clock, one call at a time, ours and peers turn by turn in one process, ${rounds} rounds after 3 to warm up; medians.`,
        `Heap: ${heapCalls / 1e6} million calls, \`run\` and \`tryRun\` in turn${full ? '' : '; 10 million with `--full`'}.`,
        'Misses: 10000 calls of one guard with one deadline. By `tryRun` by the clock on the wall; by `run` the time from the moment of the misses on, on a clock moved by hand, beside as many bare rejections.',
        postgres.condition,
        fleet.condition,
      ],
    };
  },
};
