import type { LogEntry } from '@prunella/core';
import { createParser } from 'eventsource-parser';

const againAfterMs = 250;

/**
 * Follows the healer's log from its first entry on, and comes back without a gap where the connection breaks.
 * Ends when the signal aborts.
 */
export async function followLog(
  address: string,
  token: string,
  onEntry: (entry: LogEntry) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = 0;
  while (!signal.aborted) {
    try {
      const response = await fetch(`${address}/v1/log/stream?after=${last}`, {
        headers: { authorization: `Bearer ${token}` },
        signal,
      });
      if (!response.ok || response.body === null) {
        throw new Error(`the healer answered ${response.status} to its log: ${await response.text()}`);
      }
      const parser = createParser({
        onEvent: ({ data }) => {
          // The healer is our own child; its log is trusted to be what it says.
          const entry = JSON.parse(data) as LogEntry;
          last = entry.sequence;
          onEntry(entry);
        },
      });
      const decoder = new TextDecoder();
      for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Error && error.message.startsWith('the healer answered 4')) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, againAfterMs));
  }
}
