import type { Channel, Sent } from '../../src/notify/channel.ts';
import type { Message } from '../../src/notify/notice.ts';

/** A stand-in for a channel: remembers what it was handed and answers as the test says. */
export class RecordingChannel implements Channel {
  readonly type = 'webhook';
  readonly gathers: boolean;
  readonly timeoutMs = 5_000;
  readonly tried: Message[] = [];
  readonly messages: Message[] = [];
  readonly threads: unknown[] = [];
  closed = false;
  answer: (message: Message, signal: AbortSignal) => Promise<Sent> = async () => ({ sent: true });

  constructor(gathers = false) {
    this.gathers = gathers;
  }

  async send(message: Message, thread: unknown, signal: AbortSignal): Promise<Sent> {
    this.tried.push(message);
    this.threads.push(thread);
    const sent = await this.answer(message, signal);
    if (sent.sent) this.messages.push(message);
    return sent;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** The kinds of all notices that got through, in their order. */
  get kinds(): readonly string[] {
    return this.messages.flatMap(({ notices }) => notices.map(({ kind }) => kind));
  }

  get texts(): readonly string[] {
    return this.messages.flatMap(({ notices }) => notices.map(({ text }) => text));
  }
}
