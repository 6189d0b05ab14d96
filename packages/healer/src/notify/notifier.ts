import type { LogEntry } from '@prunella/core';
import { type Clock, systemClock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Notification } from '../engine/options.ts';
import type { Channel, Sent } from './channel.ts';
import type { Press } from './channels/slack/press.ts';
import { SlackChannel } from './channels/slack/slack-channel.ts';
import { compose, deadChannelNotice, shownNotice, testNotice } from './compose.ts';
import type { ChannelConfiguration, NotificationsConfiguration } from './configuration.ts';
import { ChannelLine, type LineSettings } from './delivery/channel-line.ts';
import type {
  Delivery,
  DeliveryChange,
  DeliveryState,
  DeliveryStore,
  LogCursor,
} from './delivery/delivery-store.ts';
import type { ChannelStatus } from './delivery/health.ts';
import type { Waiting } from './delivery/waiting.ts';
import { type Happening, kindOf } from './happening.ts';
import type { Notice } from './notice.ts';
import { channelsFor } from './routes.ts';
import type { Surroundings } from './surroundings.ts';
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

/**
 * Follows the log and what the engine says, and sees that people are told: kept on disk, sent by each channel at its
 * own pace, again and again. It is handed what is decided already, and nothing of the engine ever waits for it.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #clock: Clock;
  readonly #lines = new Map<string, ChannelLine>();
  #configuration: NotificationsConfiguration;
  #surroundings: Surroundings | null = null;
  #gathered: { readonly happening: Happening; readonly kept: () => void }[] = [];
  #cursor: LogCursor | null;
  #ending: (() => void) | null = null;
  #working: Promise<void> = Promise.resolve();
  #isScheduled = false;
  #stopped = false;
  readonly #toldBefore: ToldBefore;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#configuration = options.configuration;
    this.#toldBefore = new ToldBefore(options.store);
    const { cursor, waiting } = options.store.load();
    this.#cursor = cursor;
    this.#makeLines();
    for (const [channel, rows] of Map.groupBy(waiting, ({ channel }) => channel)) {
      const own = rows.map((row) => row.waiting);
      const line = this.#lines.get(channel);
      if (line === undefined) this.#giveUp(own);
      else line.add(own);
    }
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
    let missed: LogEntry[] | null = [];
    this.#ending = engine.onLog((entry) => {
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
    const former = this.#configuration;
    this.#configuration = configuration;
    for (const [name, line] of [...this.#lines]) {
      if (Object.hasOwn(configuration.channels, name)) continue;
      this.#lines.delete(name);
      void line.abandon().catch((error) => this.#options.onFault(error, `end the channel ${name}`));
    }
    this.#makeLines(former);
  }

  /** Whether anybody is to be told of anything. */
  get isWanted(): boolean {
    return this.#lines.size > 0;
  }

  status(): readonly ChannelStatus[] {
    return [...this.#lines.values()].map((line) => line.status());
  }

  deliveries(query: DeliveryQuery): readonly Delivery[] {
    return this.#options.store.list(query);
  }

  /** The channel, for what Slack asks of it; null where there is none of that name in Slack. */
  slack(name: string): SlackChannel | null {
    const channel = this.#lines.get(name)?.channel;
    return channel instanceof SlackChannel ? channel : null;
  }

  /** The channel in which a button was pressed that one of the same app heard of; else the one that heard. */
  slackOf(heardBy: SlackChannel, press: Press): SlackChannel {
    const channels = [...this.#lines.values()].map(({ channel }) => channel);
    const own = channels.find(
      (each) => each instanceof SlackChannel && each.isHeardBy(heardBy, press.channel),
    );
    return own instanceof SlackChannel ? own : heardBy;
  }

  /** Shows the message that bears the pressed button as it is now. */
  async refreshSlack(channel: SlackChannel, press: Press): Promise<void> {
    const surroundings = this.#surroundings;
    if (surroundings === null) return;
    const { resource, incident } = press;
    const unsent = await channel.show(press, {
      notices: [await shownNotice(resource, incident, surroundings)],
      digest: false,
      dropped: 0,
      present: await surroundings.present(resource, incident),
      now: this.#clock.now(),
      page: this.#page(),
    });
    if (unsent !== null) this.#options.onFault(new Error(unsent.why), 'show in Slack what was decided');
  }

  #page(): string | null {
    return this.#configuration.pageUrl ?? this.#options.address();
  }

  /** Sends a message now. Null where there is no such channel. */
  async test(name: string, by: string): Promise<Sent | null> {
    return (await this.#lines.get(name)?.test(testNotice(this.#clock.now(), by))) ?? null;
  }

  async stop(): Promise<void> {
    this.#ending?.();
    await this.#take();
    this.#stopped = true;
    await Promise.all([...this.#lines.values()].map((line) => line.stop()));
    this.#options.store.close();
  }

  #makeLines(former?: NotificationsConfiguration): void {
    const { channels, digest, retry, queue } = this.#configuration;
    const settings: LineSettings = { digest, retry, queue };
    for (const [name, configuration] of Object.entries(channels)) {
      const line = this.#lines.get(name);
      const isSame = JSON.stringify(former?.channels[name]) === JSON.stringify(configuration);
      if (line !== undefined) {
        line.replace(isSame ? line.channel : this.#options.makeChannel(name, configuration), settings);
      } else {
        this.#lines.set(name, this.#makeLine(name, configuration, settings));
      }
    }
  }

  #makeLine(name: string, configuration: ChannelConfiguration, settings: LineSettings): ChannelLine {
    const { store, random = Math.random, onFault, makeChannel } = this.#options;
    return new ChannelLine({
      name,
      channel: makeChannel(name, configuration),
      settings,
      clock: this.#clock,
      random,
      page: () => this.#page(),
      present: async ({ resource, incident }) =>
        resource === null ? null : ((await this.#surroundings?.present(resource, incident)) ?? null),
      thread: (incident) => store.thread(name, incident),
      write: (change) => this.#write(change),
      onDead: (why) => this.#tellOfDead(name, why),
      onFault: (error) => onFault(error, `tell people by ${name}`),
    });
  }

  #hear(entry: LogEntry): void {
    if (this.#cursor !== null && entry.sequence <= this.#cursor.sequence) return;
    if (!this.isWanted || this.#gathered.length >= mostGathered) return;
    this.#gather({ from: 'log', entry }, () => {});
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
    try {
      for (const { happening } of taken) {
        const notice = await compose(happening, surroundings);
        const isRepeated = happening.from === 'engine' && happening.again;
        if (notice !== null && !(isRepeated && this.#toldBefore.has(notice))) notices.push(notice);
        if (happening.from === 'log') cursor = happening.entry;
      }
      this.#enqueue(notices, cursor);
    } finally {
      for (const { kept } of taken) kept();
    }
  }

  #enqueue(notices: readonly Notice[], cursor: LogCursor | undefined, except?: string): void {
    const added = notices.flatMap((notice) =>
      channelsFor(notice, this.#configuration, (channel, incident) => {
        const isAbout = notices.some((each) => each.incident === incident && each.kind !== 'recovered');
        return (
          (this.#lines.get(channel)?.hasTold(incident) ?? false) ||
          (isAbout && this.#tells(channel, notices, incident))
        );
      })
        .filter((channel) => channel !== except)
        .map((channel) => ({ channel, waiting: this.#waitingOf(notice) })),
    );
    if (cursor !== undefined) this.#cursor = { sequence: cursor.sequence, at: cursor.at };
    if (added.length === 0 && cursor === undefined) return;
    this.#write({ added, ...(this.#cursor === null ? {} : { cursor: this.#cursor }) });
    for (const [channel, rows] of Map.groupBy(added, ({ channel }) => channel)) {
      this.#lines.get(channel)?.add(rows.map(({ waiting }) => waiting));
    }
  }

  /** Of what is to be told in the same moment. */
  #tells(channel: string, notices: readonly Notice[], incident: string): boolean {
    const others = notices.filter((each) => each.incident === incident && each.kind !== 'recovered');
    return others.some((each) => channelsFor(each, this.#configuration, () => false).includes(channel));
  }

  #waitingOf(notice: Notice): Waiting {
    return { row: this.#options.store.nextRow(), notice, queuedAt: this.#clock.now(), attempts: 0 };
  }

  #tellOfDead(name: string, why: string): void {
    this.#options.onFault(new Error(why), `tell people by ${name}: they hear nothing`);
    this.#enqueue([deadChannelNotice(name, why, this.#clock.now())], undefined, name);
  }

  /** What was written while nobody listened, but nothing that is too old to be told. */
  async #catchUp(engine: Pick<Engine, 'log'>): Promise<void> {
    const cursor = this.#cursor;
    if (cursor === null || !this.isWanted) return;
    const oldest = this.#clock.now() - this.#configuration.retry.forMs;
    if (await wasRestored(engine, cursor)) {
      this.#cursor = null;
      return;
    }
    for (let after = cursor.sequence; ; ) {
      const page = await engine.log({ after, limit: pageSize });
      for (const entry of page) {
        if (entry.at >= oldest) this.#hear(entry);
      }
      const last = page.at(-1);
      if (last !== undefined) after = last.sequence;
      await this.#take();
      if (page.length < pageSize) return;
    }
  }

  #giveUp(rows: readonly Waiting[]): void {
    const at = this.#clock.now();
    const error = 'the channel is not configured any more';
    this.#write({ ended: rows.map(({ row }) => ({ row, state: 'given-up', at, error })) });
  }

  /** Where the disk refuses, what is in memory is told all the same. */
  #write(change: DeliveryChange): void {
    try {
      this.#options.store.write(change);
    } catch (error) {
      this.#options.onFault(error, 'keep what people must be told (it is told from memory)');
    }
  }
}

/** The log was put back to an earlier one: its numbers mean something else now. */
async function wasRestored(engine: Pick<Engine, 'log'>, cursor: LogCursor): Promise<boolean> {
  const [entry] = await engine.log({ after: cursor.sequence - 1, limit: 1 });
  if (entry === undefined) return true;
  return entry.sequence === cursor.sequence && entry.at !== cursor.at;
}
