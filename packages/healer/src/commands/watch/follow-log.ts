import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { type AnsweredLogEntry, answers, readAnswer } from '../answers.ts';
import { CommandFailure } from '../failure.ts';
import { type HealerConnection, openHealerStream } from '../healer-client.ts';
import type { LinkState } from './fleet-view.ts';

export interface LogFollower {
  onEntry(entry: AnsweredLogEntry): void;
  onLink(link: LinkState): void;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** The healer sends at least a comment each 15 s. */
const silenceMs = 45_000;

/**
 * Follows the healer's log, and comes back without a gap where the connection breaks. Resolves when the signal
 * aborts; rejects where the first try fails, or the healer refuses: waiting would not help then.
 */
export async function followLog(
  connection: HealerConnection,
  resource: string | null,
  follower: LogFollower,
  signal: AbortSignal,
): Promise<void> {
  let last: number | null = null;
  let pauseMs = firstPauseMs;
  let hasBeenLive = false;
  while (!signal.aborted) {
    try {
      follower.onLink({ is: 'connecting' });
      await followOnce(connection, resource, last, signal, {
        onLive: () => {
          hasBeenLive = true;
          pauseMs = firstPauseMs;
          follower.onLink({ is: 'live' });
        },
        onEntry: (entry) => {
          last = entry.sequence;
          follower.onEntry(entry);
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      const isRefusal = error instanceof CommandFailure && error.exitCode !== 3;
      if (!hasBeenLive || isRefusal) throw error;
      await lose(error instanceof Error ? error.message : String(error));
      continue;
    }
    if (!signal.aborted) await lose('the healer ended the connection');
  }

  async function lose(why: string): Promise<void> {
    const waitMs = pauseMs * (0.5 + Math.random() / 2);
    follower.onLink({ is: 'lost', why, againAt: Date.now() + waitMs });
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    await delay(waitMs, undefined, { signal }).catch(() => {});
  }
}

interface OneConnection {
  onLive(): void;
  onEntry(entry: AnsweredLogEntry): void;
}

/** Resolves when the healer ends the stream. */
async function followOnce(
  connection: HealerConnection,
  resource: string | null,
  last: number | null,
  signal: AbortSignal,
  { onLive, onEntry }: OneConnection,
): Promise<void> {
  const silent = new AbortController();
  let watchdog = setTimeout(() => {}, 0);
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => silent.abort(), silenceMs);
  };
  heard();
  try {
    const query = resource === null ? '' : `?resource=${encodeURIComponent(resource)}`;
    const chunks = await openHealerStream(
      connection,
      `v1/log/stream${query}`,
      last === null ? {} : { 'last-event-id': String(last) },
      AbortSignal.any([signal, silent.signal]),
    );
    const parser = createParser({
      onEvent: ({ data }) => onEntry(readAnswer(answers.logEntry, parsed(data))),
    });
    const decoder = new TextDecoder();
    onLive();
    for await (const chunk of chunks) {
      heard();
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  } catch (error) {
    if (silent.signal.aborted)
      throw new Error(`nothing was heard for ${silenceMs / 1_000} s`, { cause: error });
    throw error;
  } finally {
    clearTimeout(watchdog);
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
