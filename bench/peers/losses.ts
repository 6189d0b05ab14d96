import { waitFor } from '@prunella/labs';
import { install, resourceName } from '../healer/installation.ts';
import { judged, type Row } from '../row.ts';
import { AnsibleRulebook } from './ansible-rulebook.ts';
import { OurHealer } from './our-healer.ts';
import { untilQuiet } from './until-quiet.ts';

const events = 15;
/** Both are killed when so many actions have started. */
const startedBeforeKill = 3;
/** As long as the peer's playbook takes, more or less. */
const actionMs = 1_000;
const patienceMs = 120_000;
/** Without a new action for so long after the restart, none is expected any more: an action takes about 1 s. */
const quietMs = 30_000;

/** Of events that were acknowledged: those of which no action has started, not even after the restart. */
export async function measureLosses(program: string, binFolder: string): Promise<Row[]> {
  const ids = Array.from({ length: events }, (_, index) => resourceName(index));
  const ours = await loseOurs(program, ids);
  const theirs = await loseTheirs(binFolder, ids);
  const fixed = { rule: 'at most', value: 0, from: 'fixed' } as const;
  const figure = `lost of ${events} acknowledged events after kill -9`;
  return [
    judged({
      figure,
      ours: ours.lost,
      peer: theirs.lost,
      peerName: 'ansible-rulebook, run_playbook',
      bar: fixed,
      unit: 'events',
    }),
    judged({
      figure: 'started twice after kill -9',
      ours: ours.twice,
      peer: theirs.twice,
      peerName: 'ansible-rulebook, run_playbook',
      bar: fixed,
      unit: 'events',
    }),
  ];
}

interface Losses {
  readonly lost: number;
  readonly twice: number;
}

async function loseOurs(program: string, ids: readonly string[]): Promise<Losses> {
  // One at a time, as the peer runs its playbooks.
  const installation = await install(events, { concurrency: 1, window: '1s' });
  let healer: OurHealer | undefined;
  try {
    healer = await OurHealer.start(program, installation.configurationFile, { actionMs });
    const first = healer;
    const sender = first.sender(events);
    await Promise.all(ids.map((id) => first.signal(sender, id, 'process.exit')));
    sender.close();
    const started = () => first.lines.ids.length >= startedBeforeKill;
    await waitFor(started, { what: 'the first actions of ours', deadlineMs: patienceMs });
    await first.kill();
    healer = await OurHealer.start(program, installation.configurationFile, { actionMs });
    const second = healer;
    const times = (id: string) => first.lines.timesStarted(id) + second.lines.timesStarted(id);
    await untilQuiet(async () => ids.filter((id) => times(id) > 0).length, events, quietMs);
    return {
      lost: ids.filter((id) => times(id) === 0).length,
      twice: ids.filter((id) => times(id) > 1).length,
    };
  } finally {
    await healer?.stop();
    await installation.remove();
  }
}

async function loseTheirs(binFolder: string, ids: readonly string[]): Promise<Losses> {
  const peer = await AnsibleRulebook.start(binFolder);
  try {
    const sender = peer.sender(events);
    await Promise.all(ids.map((id) => peer.send(sender, 'play', id)));
    sender.close();
    const started = async () => (await peer.marks()).length >= startedBeforeKill;
    await waitFor(started, { what: 'the first playbooks of ansible-rulebook', deadlineMs: patienceMs });
    peer.kill();
    await peer.start();
    await untilQuiet(async () => new Set(await peer.marks()).size, events, quietMs);
    const marks = await peer.marks();
    const times = (id: string) => marks.filter((mark) => mark === id).length;
    return {
      lost: ids.filter((id) => times(id) === 0).length,
      twice: ids.filter((id) => times(id) > 1).length,
    };
  } finally {
    await peer.stop();
  }
}
