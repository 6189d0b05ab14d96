import { findSaltEnvironment, installSalt } from '@prunella/labs';
import { build } from '../healer/measured-process.ts';
import { installAnsibleRulebook } from '../peers/ansible-rulebook.ts';
import { measureLosses } from '../peers/losses.ts';
import { measureMinion } from '../peers/minion.ts';
import { installMonit, measureRestarts } from '../peers/restarts.ts';
import { measureActions } from '../peers/signals.ts';
import { measureUnmatched } from '../peers/unmatched.ts';
import type { Row } from '../row.ts';
import type { NotHad, Suite } from '../suite.ts';

export const peersSuite: Suite = {
  notMeasured: [
    'Repairs: the actions only say that they start. How long a service takes to come back is the same under all of them.',
    'StackStorm, Rundeck, Runbook and systemd: they need services, root or an init system that a bench does not bring along.',
    'Peers spread over machines, with a database for what they keep, or with another event source: ansible-rulebook is taken with the webhook that comes with it and as it starts by itself.',
    'Many minions: two cores carry one. A burst is therefore about one target, of which a healer repairs one thing at a time and explains the rest.',
    'The network: all of it is on one machine.',
  ],
  async measure({ full, say }) {
    const rows: Row[] = [];
    const notHad: NotHad[] = [];
    const program = await build('peers', new URL('../peers/program.ts', import.meta.url));
    const single = full ? 1_000 : 300;
    const bursts = full ? 15 : 5;
    const rounds = full ? 15 : 7;
    const kills = full ? 60 : 20;
    const onMinion = full ? { single: 100, burst: 200 } : { single: 20, burst: 40 };

    const rulebook = await installAnsibleRulebook(say);
    if ('why' in rulebook) notHad.push({ what: 'ansible-rulebook', why: rulebook.why });
    else {
      say('actions beside ansible-rulebook ...');
      rows.push(...(await measureActions(program, rulebook.binFolder, { single, bursts })));
      say('events that match nothing ...');
      rows.push(...(await measureUnmatched(program, rulebook.binFolder, rounds)));
      say('what is lost after kill -9 ...');
      rows.push(...(await measureLosses(program, rulebook.binFolder)));
    }

    const monit = await installMonit(say);
    if ('why' in monit) notHad.push({ what: 'monit', why: monit.why });
    else {
      say('restarts beside monit ...');
      rows.push(...(await measureRestarts(monit.monit, kills)));
    }

    const salt = await haveSalt(say);
    if (salt !== null) notHad.push({ what: 'Salt', why: salt });
    else {
      say('orders to a minion of Salt ...');
      rows.push(...(await measureMinion(program, onMinion)));
    }
    return {
      rows,
      notHad,
      conditions: [
        `Signal to action: by the clock, from before the request to the line that the action writes to a pipe, ours and ansible-rulebook's read alike; ${single} turn by turn after 20 to warm up, then 200 at once, each over a connection of its own, in ${bursts} rounds after one to warm up each, median of the rounds. Ours has acceptance and intent on disk by then, and its backend names its targets without asking anybody, as \`http\` does; ansible-rulebook 1.3.2 keeps nothing, and its action is \`debug\`, the cheapest that shows.`,
        `Events that match nothing: 2,000 a round over 32 connections, until an action that was asked for after them starts; ${rounds} rounds, turn by turn. The program that sends is on the same cores.`,
        'Lost: 15 events, all acknowledged, actions of about 1 s one at a time (ours by `fleet.concurrency: 1`, ansible-rulebook by `run_playbook`); SIGKILL after three have started, then a new start. Lost is what never starts within 30 s after the last that does.',
        `Killed process: ${kills} kills each, at random moments of monit's cycle of 1 s (5.33, \`check process\` with a pid file), to the first line of the new process. Ours by the playbook \`restarter\` of docs/playbooks.md.`,
        `Minion: Salt 3008 with two minions, one of them for what comes one after the other, one for what comes together; the function is a module that notes the clock first. ${onMinion.single} turn by turn after 3 to warm up: ours with fences (\`prunella.apply\`), whose incident is verified and closed before the next; a \`local\` \`test.ping\` and a \`local_async\` with one login; a hook and a reactor's template. Then ${onMinion.burst} at once, each of another resource of the one minion${full ? '' : ' (200 with `--full`)'}, and 10 with the minion down that comes back afterwards. Of each of ours in the burst 100 ms, the shortest that a playbook may say, are the window of its verification, in which the minion is nobody else's; the reactor verifies nothing. Ours that never began are those whose signal was taken after the first order had begun: they are held for five minutes, each with the reason that our own repair of the minion may be the cause (\`lineage\`). Explained is what has an incident to read.`,
      ],
    };
  },
};

/** Null where it is there now, otherwise why not. */
async function haveSalt(say: (line: string) => void): Promise<string | null> {
  if ((await findSaltEnvironment()) !== null) return null;
  try {
    await installSalt(undefined, ({ message }) => say(message));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
