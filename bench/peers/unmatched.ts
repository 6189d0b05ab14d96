import { reportOf } from '../core/reports.ts';
import { install, resourceName } from '../healer/installation.ts';
import { interleave, median, medianOfPairs } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { AnsibleRulebook } from './ansible-rulebook.ts';
import { OurHealer } from './our-healer.ts';

const connections = 32;
const resources = 100;
const eventsEachRound = 2_000;
const warmUpRounds = 2;
/** As many as a guard's process sends at most in one request. */
const batch = 100;
const peerName = 'ansible-rulebook, webhook, one a request';
const patienceMs = 120_000;

/** Events by HTTP that lead to nothing, until an action that was asked for after them has started. */
export async function measureUnmatched(program: string, binFolder: string, rounds: number): Promise<Row[]> {
  const installation = await install(resources + 3 * (warmUpRounds + rounds));
  const peer = await AnsibleRulebook.start(binFolder);
  let healer: OurHealer | undefined;
  try {
    const ours = await OurHealer.start(program, installation.configurationFile);
    healer = ours;
    const toOurs = ours.sender(connections);
    const toPeer = peer.sender(connections);
    let number = 0;
    /** The first of those that no other event is about. */
    let nextToAct = resources;
    /** Requests of so many events each, and then the one that leads to an action. */
    const perSecond =
      (
        one: OurHealer | AnsibleRulebook,
        eventsEach: number,
        send: () => Promise<void>,
        act: (id: string) => Promise<void>,
      ) =>
      async () => {
        const lastId = resourceName(nextToAct++);
        const begunAt = performance.now();
        let left = eventsEachRound;
        const work = async () => {
          while (left > 0) {
            left -= eventsEach;
            await send();
          }
        };
        await Promise.all(Array.from({ length: connections }, work));
        await act(lastId);
        const missing = await one.lines.allStarted([lastId], patienceMs);
        const startedAt = one.lines.startOf(lastId);
        if (missing.length > 0 || startedAt === undefined) throw new Error('the last event led to no action');
        return eventsEachRound / ((startedAt - begunAt) / 1_000);
      };
    const actOurs = (id: string) => ours.signal(toOurs, id, 'process.exit');
    const note = () => {
      number += 1;
      return ours.signal(toOurs, resourceName(number % resources), 'note', `note ${number}`);
    };
    const reports = () => {
      number += 1;
      const batched = Array.from({ length: batch }, (_, instance) => ({
        ...reportOf(`${instance}`, resourceName(instance % resources), number, false),
        heartbeatMs: 600_000,
      }));
      return toOurs.post('/v1/reports', JSON.stringify({ reports: batched }));
    };
    const figures = await interleave(
      {
        signals: perSecond(ours, 1, note, actOurs),
        theirs: perSecond(
          peer,
          1,
          () => peer.send(toPeer, 'none', ''),
          (id) => peer.send(toPeer, 'act', id),
        ),
        reports: perSecond(ours, batch, reports, actOurs),
      },
      { rounds, warmUpRounds },
    );
    toOurs.close();
    toPeer.close();
    const rows = (what: string, of: readonly number[]) => [
      judged({
        figure: `events that match nothing, by HTTP: ${what}`,
        ours: median(of),
        peer: median(figures.theirs),
        peerName,
        bar: null,
        unit: '1/s',
      }),
      judged({
        figure: `the same as a multiple of the peer: ${what}`,
        ours: medianOfPairs(of, figures.theirs, (mine, other) => mine / other),
        peer: 1,
        peerName,
        bar: { rule: 'at least', value: 3, from: '"several times" the peer' },
        unit: 'times',
      }),
    ];
    return [
      ...rows('signals, one a request, each on disk', figures.signals),
      ...rows(`reports of applications, ${batch} a request`, figures.reports),
    ];
  } finally {
    await Promise.all([peer.stop(), healer?.stop()]);
    await installation.remove();
  }
}
