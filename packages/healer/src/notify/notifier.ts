import type { LogEntry } from '@prunella/core';
import { type Clock, systemClock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Notification } from '../engine/options.ts';
import type { Channel, Sent } from './channel.ts';
import type { Press } from './channels/slack/press.ts';
import { SlackChannel } from './channels/slack/slack-channel.ts';
import { channelOfPress, refreshMessage } from './channels/slack/slack-desk.ts';
import { compose, deadChannelNotice, testNotice } from './compose.ts';
import type { ChannelConfiguration, NotificationsConfiguration } from './configuration.ts';
import type { Delivery, DeliveryState, DeliveryStore, LogCursor } from './delivery/delivery-store.ts';
import type { ChannelStatus } from './delivery/health.ts';
import { Lines } from './delivery/lines.ts';
import { type Happening, kindOf } from './happening.ts';
import type { Notice } from './notice.ts';
import type { Surroundings } from './surroundings.ts';
import { Suspicions } from './suspicions.ts';
import { ToldBefore } from './told-before.ts';

export interface NotifierOptions {
  readonly configuration: NotificationsConfiguration;
  readonly store: DeliveryStore;
  readonly makeChannel: (name: string, configuration: ChannelConfiguration) => Channel;
  /** Where people find the page, where the configuration does not say. */
  readonly address: () => string | null;
  readonly clock?: Clock | undefined;
  readonly random?: () => number;
  readonly onFault: (error: unknown, doing: string) => void;
}

export interface DeliveryQuery {
  readonly channel?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What is decided in one moment is told together. */
const gatherMs = 20;
/** Happenings in memory that are not on disk yet; the log has those beyond it. */
const mostGathered = 10_000;
const pageSize = 1_000;
/** Entries of the log that are read once more at most after a crash. */
const keepCursorEvery = 5_000;

/**
 * Follows the log and what the engine says, and sees that people are told: kept on disk, sent by each channel at its
 * own pace, again and again. It is handed what is decided already, and nothing of the engine ever waits for it.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #clock: Clock;
  readonly #lines: Lines;
  readonly #toldBefore: ToldBefore;
  readonly #suspicions: Suspicions;
  #configuration: NotificationsConfiguration;
  #surroundings: Surroundings | null = null;
  #gathered: { readonly happening: Happening; readonly kept: () => void }[] = [];
  /** Up to where the log was told, as it is on disk. */
  #cursor: LogCursor | null;
  /** Up to where it was read; kept at an orderly end. */
  #heard: LogCursor | null = null;
  #unsubscribe: (() => void) | null = null;
  #working: Promise<void> = Promise.resolve();
  #isScheduled = false;
  #stopped = false;

  constructor(options: NotifierOptions) {
    const { configuration, store, makeChannel, clock = systemClock, random = Math.random, onFault } = options;
    this.#options = options;
    this.#clock = clock;
    this.#configuration = configuration;
    this.#cursor = store.load().cursor;
    this.#toldBefore = new ToldBefore(store);
    this.#suspicions = new Suspicions(store);
    this.#lines = new Lines({
      configuration,
      store,
      makeChannel,
      clock,
      random,
      page: () => this.#page(),
      present: async ({ resource, incident }) =>
        resource === null ? null : ((await this.#surroundings?.present(resource, incident)) ?? null),
      onDead: (channel, why) => this.#tellOfDead(channel, why),
      onFault,
    });
  }

  /** Whether anybody is to be told of anything. */
  get isWanted(): boolean {
    return this.#lines.size > 0;
  }

  /** What the engine says that a person must know. Resolves when it is kept. */
  take(notification: Notification): Promise<void> {
    if (!this.isWanted || this.#stopped) return Promise.resolve();
    const again = this.#surroundings === null;
    const happening: Happening = { from: 'engine', notification, at: this.#clock.now(), again };
    if (kindOf(happening) === null) return Promise.resolve();
    return new Promise((kept) => this.#gather(happening, kept));
  }

  /** From now on what the engine writes is told; first what it wrote since this was last done. */
  async follow(engine: Pick<Engine, 'log' | 'onLog'>, surroundings: Surroundings): Promise<void> {
    this.#surroundings = surroundings;
    this.#lines.begin();
    let missed: LogEntry[] | null = [];
    this.#unsubscribe = engine.onLog((entry) => {
      if (missed === null) this.#hear(entry);
      else if (missed.length < mostGathered) missed.push(entry);
    });
    try {
      await this.#catchUp(engine);
    } catch (error) {
      this.#options.onFault(error, 'read what was not told yet');
    }
    for (const entry of missed) this.#hear(entry);
    missed = null;
    this.#schedule();
  }

  /** Channels that stay the same keep what they are doing. */
  reload(configuration: NotificationsConfiguration): void {
    this.#configuration = configuration;
    this.#lines.reload(configuration);
  }

  status(): readonly ChannelStatus[] {
    return this.#lines.status();
  }

  deliveries(query: DeliveryQuery): readonly Delivery[] {
    return this.#options.store.list(query);
  }

  /** Sends a message now. Null where there is no such channel. */
  async test(name: string, by: string): Promise<Sent | null> {
    return (await this.#lines.get(name)?.test(testNotice(this.#clock.now(), by))) ?? null;
  }

  /** The channel, for what Slack asks of it; null where there is none of that name in Slack. */
  slack(name: string): SlackChannel | null {
    const channel = this.#lines.get(name)?.channel;
    return channel instanceof SlackChannel ? channel : null;
  }

  /** The channel in which the button was pressed, where one of the same app heard of it. */
  slackOf(heardBy: SlackChannel, press: Press): SlackChannel {
    return channelOfPress(heardBy, press, this.#lines.channels());
  }

  /** Shows the message that bears the pressed button as it is now. */
  async refreshSlack(channel: SlackChannel, press: Press): Promise<void> {
    if (this.#surroundings === null) return;
    const frame = { now: this.#clock.now(), page: this.#page() };
    await refreshMessage(channel, press, this.#surroundings, frame);
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    await this.#take();
    this.#stopped = true;
    if (this.#heard !== null) this.#lines.write({ cursor: this.#heard });
    await this.#lines.stop();
    this.#options.store.close();
  }

  #page(): string | null {
    return this.#configuration.pageUrl ?? this.#options.address();
  }

  #hear(entry: LogEntry): void {
    if (this.#cursor !== null && entry.sequence <= this.#cursor.sequence) return;
    if (!this.isWanted || this.#gathered.length >= mostGathered) return;
    const happening: Happening = { from: 'log', entry };
    this.#heard = { sequence: entry.sequence, at: entry.at };
    // Most of the log is told to nobody; how far it was read is kept now and then.
    const isDue = entry.sequence - (this.#cursor?.sequence ?? 0) >= keepCursorEvery;
    if (kindOf(happening) !== null || isDue) this.#gather(happening, () => {});
  }

  #gather(happening: Happening, kept: () => void): void {
    this.#gathered.push({ happening, kept });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#surroundings === null || this.#gathered.length === 0) return;
    this.#isScheduled = true;
    this.#clock.after(gatherMs, () => {
      this.#isScheduled = false;
      void this.#take();
    });
  }

  /** One after the other, so that notices are kept in the order of what happened. */
  #take(): Promise<void> {
    this.#working = this.#working
      .then(() => this.#keep())
      .catch((error) => this.#options.onFault(error, 'keep what people must be told'));
    return this.#working;
  }

  async #keep(): Promise<void> {
    const surroundings = this.#surroundings;
    if (surroundings === null || this.#stopped) return;
    const taken = this.#gathered.splice(0);
    const notices: Notice[] = [];
    let cursor: LogCursor | undefined;
    for (const { happening } of taken) {
      const notice = await this.#compose(happening, surroundings);
      if (happening.from === 'log') cursor = { sequence: happening.entry.sequence, at: happening.entry.at };
      if (notice === null) continue;
      this.#suspicions.note(notice);
      notices.push(notice);
    }
    this.#cursor = cursor ?? this.#cursor;
    this.#lines.enqueue(notices, cursor);
    for (const { kept } of taken) kept();
  }

  /** One that cannot be composed costs only itself. */
  async #compose(happening: Happening, surroundings: Surroundings): Promise<Notice | null> {
    try {
      const notice = await compose(happening, surroundings, this.#suspicions);
      const isRepeated = happening.from === 'engine' && happening.again;
      return notice === null || (isRepeated && this.#toldBefore.has(notice)) ? null : notice;
    } catch (error) {
      this.#options.onFault(error, 'make what people must be told');
      return null;
    }
  }

  #tellOfDead(name: string, why: string): void {
    this.#options.onFault(new Error(why), `tell people by ${name}: they hear nothing`);
    this.#lines.enqueue([deadChannelNotice(name, why, this.#clock.now())], undefined, name);
  }

  /** What was written while nobody listened, but nothing that is too old to be told. */
  async #catchUp(engine: Pick<Engine, 'log'>): Promise<void> {
    const cursor = this.#cursor;
    if (cursor === null || !this.isWanted) return;
    if (await wasRestored(engine, cursor)) {
      this.#cursor = null;
      return;
    }
    const oldest = this.#clock.now() - this.#configuration.retry.forMs;
    for (let after = cursor.sequence; ; ) {
      const page = await engine.log({ after, limit: pageSize });
      for (const entry of page) {
        if (entry.at >= oldest) this.#hear(entry);
      }
      after = page.at(-1)?.sequence ?? after;
      await this.#take();
      if (page.length < pageSize) return;
    }
  }
}

/** The log was put back to an earlier one: its numbers mean something else now. */
async function wasRestored(engine: Pick<Engine, 'log'>, cursor: LogCursor): Promise<boolean> {
  const [entry] = await engine.log({ after: cursor.sequence - 1, limit: 1 });
  if (entry === undefined) return true;
  return entry.sequence === cursor.sequence && entry.at !== cursor.at;
}
