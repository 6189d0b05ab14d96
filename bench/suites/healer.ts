import { measureStart } from '../healer/history.ts';
import { measureIdle } from '../healer/idle.ts';
import { measureIntake, measureManyInstances } from '../healer/intake.ts';
import { buildProgram } from '../healer/measured-process.ts';
import { measureSignals } from '../healer/signals.ts';
import type { Suite } from '../suite.ts';

const fullHistory = 10_000_000;
const quickHistory = 1_000_000;

export const healerSuite: Suite = {
  notMeasured: [
    'Salt, and the time that a repair takes: the backend is a stand-in that only notes when it was called. From the opening threshold to the verified recovery, phase by phase, is what `npm run bench -- demo` measures.',
    'Other programs for the same job; they are measured beside each other in a suite of their own.',
    'Probes: the resources have none, and a healer that probes thousands of nodes does more than nothing.',
    'What the senders of reports need for it, and the network between: all of it is on one machine.',
    'The engine’s own threads in the rates of reports, such as a part of garbage collection.',
  ],
  async measure({ full, say }) {
    const rounds = full ? 101 : 31;
    const signals = full ? 1_000 : 300;
    const history = full ? fullHistory : quickHistory;
    const programs = await buildProgram();
    const { program } = programs;
    say('reports ...');
    const intake = await measureIntake(program, rounds);
    say('many instances ...');
    const instances = await measureManyInstances(program, 100_000);
    say('signals ...');
    const latencies = await measureSignals(program, signals);
    say('idle ...');
    const idle = await measureIdle(programs);
    say(`a start with ${history.toLocaleString('en')} events of history ...`);
    const start = await measureStart(program, history);
    return {
      rows: [...intake, ...instances, ...latencies, ...idle.rows, ...start],
      conditions: [
        `Reports: by HTTP with a token over 8 connections, from 1,000 instances on as many hosts about 100 resources, every fifth of which changes from round to round; the whole healer in a process of its own, its thread’s processor time, ours and the bare server turn by turn, ${rounds} rounds of 1,000 reports after 5 to warm up; medians. No report was refused inside an answer of 202. By the clock: of the same rounds; the sender has the same two cores.`,
        'Instances: two reports each, by HTTP, in batches of 100, each of them taken; the healer’s proportional share of memory (PSS).',
        `Signals: by HTTP with a token, each of another resource, by the clock on the wall from before it is sent to the call of the backend; ${signals} one after the other, then 200 at once, each over a connection of its own that is opened for it. One attempt each, acceptance and intent on disk by then; the backend names its targets without asking anybody, as \`http\` does.`,
        `Idle: PSS 10 s after the start of \`prunella up\`, compiled, no resource with a probe. ${idle.remark}`,
        `Start: from the creation of the process to the answer of its first signal, 100 resources, by the clock on the wall, median of 5${full ? '' : '; 10,000,000 events with `--full`'}. The files are in the memory of the system.`,
      ],
    };
  },
};
