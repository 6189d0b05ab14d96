import type { Configuration } from '../configuration/configuration.ts';
import { localSocketPath } from '../healer/local-socket.ts';
import { presenceEnds } from '../healer/presence.ts';
import { type LockState, lookAtLock } from '../store/store-lock.ts';
import { examineHealth } from './examine-health.ts';
import { type Finding, messageOf, well } from './finding.ts';

const answersWithinMs = 3_000;

/** Who holds the store, and whether that healer answers; of a host that reports elsewhere, whether that one does. */
export async function examineHealer(
  configuration: Configuration,
  signal: AbortSignal,
  now: () => number,
): Promise<readonly Finding[]> {
  const remote = configuration.healer?.address;
  if (remote !== undefined) return [await examineRemote(remote, signal)];
  const { folder } = configuration.store;
  let state: LockState;
  try {
    state = await lookAtLock(folder);
  } catch (error) {
    return [
      {
        check: 'lock',
        state: 'problem',
        what: messageOf(error),
        why: 'a healer takes this lock before it opens the store, and does not start without it',
        remedy: 'give the user of the healer the folder and all files in it',
      },
    ];
  }
  if (!state.held) return [well('lock', `no process holds the store in ${folder}: no healer runs on it`)];
  const presence = await examinePresence(folder, signal);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answersWithinMs)]);
  const health = presence.state === 'ok' ? await examineHealth(localSocketPath(folder), limit) : [];
  return [holderFinding(folder, state, now()), presence, ...health];
}

function holderFinding(folder: string, { holder }: LockState, now: number): Finding {
  if (holder === null) {
    return {
      check: 'lock',
      state: 'warning',
      what: `a process holds the store in ${folder} and has not said which`,
      why: 'it is a healer that is just starting, or another program that has lock.db open',
      remedy: `look again in a moment; \`fuser ${folder}/lock.db\` names the process`,
    };
  }
  const since = new Date(holder.startedAt).toISOString();
  if (holder.startedAt > now + 1_000) {
    return {
      check: 'lock',
      state: 'warning',
      what: `process ${holder.pid} holds the store since ${since}, which is later than this machine's clock`,
      why: 'the clock was set back while the healer ran',
      remedy: 'let a time service keep the clock (chrony, systemd-timesyncd)',
    };
  }
  return well('lock', `process ${holder.pid} holds the store since ${since}`);
}

async function examinePresence(folder: string, signal: AbortSignal): Promise<Finding> {
  const socket = localSocketPath(folder);
  const seen = new AbortController();
  const limit = AbortSignal.any([signal, seen.signal, AbortSignal.timeout(answersWithinMs)]);
  let present = false;
  await presenceEnds(socket, limit, () => {
    present = true;
    seen.abort();
  });
  if (present) return well('healer', `the healer answers at its local socket ${socket}`);
  return {
    check: 'healer',
    state: 'problem',
    what: `the process that holds the store does not answer at ${socket}`,
    why: 'it is starting, stopped (SIGSTOP), or hangs; meanwhile nothing is healed and nobody takes over',
    remedy: 'look again in a moment; if that lasts, end that process: the next healer goes on from the store',
  };
}

async function examineRemote(address: string, signal: AbortSignal): Promise<Finding> {
  const check = 'healer';
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answersWithinMs)]);
    const response = await fetch(new URL('readyz', address.endsWith('/') ? address : `${address}/`), {
      signal: limit,
    });
    if (response.ok) return well(check, `the healer at ${address} is ready; this host only reports to it`);
    return unreached(address, `it answered ${response.status}`);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return unreached(address, messageOf(cause));
  }
}

function unreached(address: string, reason: string): Finding {
  return {
    check: 'healer',
    state: 'problem',
    what: `the healer at ${address} is not ready: ${reason}`,
    why: 'the guards of this host go on from their caches, and nobody hears what they report',
    remedy:
      'start it there, or correct `healer: { address: \u2026 }`; `prunella doctor` on that host tells more',
  };
}
