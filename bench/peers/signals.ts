import { install, resourceName } from '../healer/installation.ts';
import { median, percentile } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { AnsibleRulebook } from './ansible-rulebook.ts';
import { OurHealer } from './our-healer.ts';
import type { SpokenLines } from './spoken-lines.ts';

const burst = 200;
const warmUps = 20;
const patienceMs = 120_000;

/** Both take what leads to an action, and say when the action starts. */
interface Contender {
  readonly lines: SpokenLines;
  readonly send: (id: string) => Promise<void>;
  /** New ones: each is used once. */
  readonly ids: (count: number) => readonly string[];
}

/** From an event that leaves its sender to the start of the cheapest action that can be seen from outside. */
export async function measureActions(
  program: string,
  binFolder: string,
  { single, bursts }: { readonly single: number; readonly bursts: number },
): Promise<Row[]> {
  const peer = await AnsibleRulebook.start(binFolder);
  const toPeer = peer.sender(burst);
  let events = 0;
  const theirs: Contender = {
    lines: peer.lines,
    send: (id) => peer.send(toPeer, 'act', id),
    ids: (count) => Array.from({ length: count }, () => `e${events++}`),
  };
  try {
    const one = { ours: [] as number[], theirs: [] as number[] };
    const mostStarts: number[] = [];
    const oneByOne = async (ours: Contender) => {
      for (let turn = 0; turn < warmUps + single; turn += 1) await inTurn(turn, 1, { ours, theirs }, one);
    };
    mostStarts.push(await withHealer(program, warmUps + single, oneByOne));
    const together: { readonly ours: number[]; readonly theirs: number[] }[] = [];
    for (let round = 0; round < bursts; round += 1) {
      const twice = async (ours: Contender) => {
        await inTurn(round, burst, { ours, theirs }, { ours: [], theirs: [] });
        const figures = { ours: [], theirs: [] };
        await inTurn(round + 1, burst, { ours, theirs }, figures);
        together.push(figures);
      };
      mostStarts.push(await withHealer(program, 2 * burst, twice));
    }
    const oneOf = (name: 'ours' | 'theirs', share: number) => percentile(one[name].slice(warmUps), share);
    const togetherOf = (name: 'ours' | 'theirs', share: number) =>
      median(together.map((figures) => percentile(figures[name], share)));
    return [
      ...rows('signal to action started, one at a time', oneOf),
      ...rows(`signal to action started, burst of ${burst}`, togetherOf),
      judged({
        figure: 'attempts that one signal led to, at most',
        ours: Math.max(...mostStarts),
        peer: null,
        peerName: 'none',
        bar: { rule: 'at most', value: 1, from: 'fixed' },
        unit: 'attempts',
      }),
    ];
  } finally {
    toPeer.close();
    await peer.stop();
  }
}

/** A fresh one, so that incidents of earlier rounds are not in the figures. Answers with the most starts of one id. */
async function withHealer(
  program: string,
  resources: number,
  work: (ours: Contender) => Promise<void>,
): Promise<number> {
  const installation = await install(resources);
  let healer: OurHealer | undefined;
  try {
    healer = await OurHealer.start(program, installation.configurationFile);
    const { lines } = healer;
    const one = healer;
    const sender = one.sender(burst);
    let next = 0;
    await work({
      lines,
      send: (id) => one.signal(sender, id, 'process.exit'),
      ids: (count) => Array.from({ length: count }, () => resourceName(next++)),
    });
    sender.close();
    return Math.max(...lines.ids.map((id) => lines.timesStarted(id)));
  } finally {
    await healer?.stop();
    await installation.remove();
  }
}

/** So many at one moment to the one, then to the other; who is first changes with the turn. */
async function inTurn(
  turn: number,
  count: number,
  { ours, theirs }: { readonly ours: Contender; readonly theirs: Contender },
  took: { readonly ours: number[]; readonly theirs: number[] },
): Promise<void> {
  const both = [
    async () => took.ours.push(...(await latencies(ours, count))),
    async () => took.theirs.push(...(await latencies(theirs, count))),
  ];
  for (const measure of turn % 2 === 0 ? both : both.toReversed()) await measure();
}

/** Of all of them sent in one moment, in ms. */
async function latencies({ lines, send, ids }: Contender, count: number): Promise<number[]> {
  const sent = ids(count);
  const sentAt = performance.now();
  await Promise.all(sent.map((id) => send(id)));
  const missing = await lines.allStarted(sent, patienceMs);
  if (missing.length > 0) throw new Error(`${missing.length} of ${count} events led to no action`);
  return sent.map((id) => (lines.startOf(id) ?? Number.NaN) - sentAt);
}

function rows(figure: string, of: (name: 'ours' | 'theirs', share: number) => number): Row[] {
  const peerName = 'ansible-rulebook, debug';
  return [50, 99].map((share) =>
    judged({
      figure: `${figure}, p${share}`,
      ours: of('ours', share),
      peer: of('theirs', share),
      peerName,
      bar:
        share === 99 ? { rule: 'at most', value: of('theirs', share) / 2, from: 'half of the peer' } : null,
      unit: 'ms',
    }),
  );
}
