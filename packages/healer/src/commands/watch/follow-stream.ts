import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { CommandFailure } from '../failure.ts';
import { type HealerConnection, openHealerStream } from '../healer-client.ts';
import type { LinkState } from './fleet-view.ts';

export interface StreamFollower {
  /** `name` as in `GET /v1/stream`; the data is JSON as it came. */
  onEvent(name: string, data: unknown): void;
  onLink(link: LinkState): void;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** The healer sends at least a comment each 15 s. */
const silenceMs = 45_000;

/**
 * Follows what the healer tells, and comes back without a gap in its log where the connection breaks. Resolves when
 * the signal aborts; rejects where the first try fails, or the healer refuses: waiting would not help then.
 */
export async function followStream(
  connection: HealerConnection,
  resource: string | null,
  follower: StreamFollower,
  signal: AbortSignal,
): Promise<void> {
  const place: Place = { lastId: null, wentLive: false };
  let everLive = false;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    follower.onLink({ is: 'connecting' });
    place.wentLive = false;
    const why = await followOnce(connection, resource, place, signal, follower).then(
      () => 'the healer ended the connection',
      (error: unknown) => {
        const isRefusal = error instanceof CommandFailure && error.exitCode !== 3;
        if (!signal.aborted && (isRefusal || !(everLive || place.wentLive))) throw error;
        return error instanceof Error ? error.message : String(error);
      },
    );
    if (signal.aborted) return;
    if (place.wentLive) {
      everLive = true;
      pauseMs = firstPauseMs;
    }
    const waitMs = pauseMs * (0.5 + Math.random() / 2);
    follower.onLink({ is: 'lost', why, againAt: Date.now() + waitMs });
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    await delay(waitMs, undefined, { signal }).catch(() => {});
  }
}

/** How far it has come. */
interface Place {
  lastId: string | null;
  /** In this try. */
  wentLive: boolean;
}

/** Resolves when the healer ends the stream. */
async function followOnce(
  connection: HealerConnection,
  resource: string | null,
  place: Place,
  signal: AbortSignal,
  follower: StreamFollower,
): Promise<void> {
  const silence = new Silence();
  try {
    const query = resource === null ? '' : `?resource=${encodeURIComponent(resource)}`;
    const chunks = await openHealerStream(
      connection,
      `v1/stream${query}`,
      place.lastId === null ? {} : { 'last-event-id': place.lastId },
      AbortSignal.any([signal, silence.signal]),
    );
    const parser = createParser({
      onEvent: ({ event = 'message', id, data }) => {
        if (id !== undefined) place.lastId = id;
        follower.onEvent(event, parsed(data));
      },
    });
    const decoder = new TextDecoder();
    place.wentLive = true;
    follower.onLink({ is: 'live' });
    for await (const chunk of chunks) {
      silence.broken();
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  } catch (error) {
    if (!silence.signal.aborted) throw error;
    throw new Error(`nothing was heard for ${silenceMs / 1_000} s`, { cause: error });
  } finally {
    silence.end();
  }
}

/** A connection that was cut without a word ends by itself. */
class Silence {
  readonly #long = new AbortController();
  #timer = this.#begin();

  get signal(): AbortSignal {
    return this.#long.signal;
  }

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#begin();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #begin(): NodeJS.Timeout {
    return setTimeout(() => this.#long.abort(), silenceMs);
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
