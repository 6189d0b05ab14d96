import type { Clock } from '../../engine/clock.ts';
import type { Channel } from '../channel.ts';
import type { ChannelConfiguration, NotificationsConfiguration } from '../configuration.ts';
import type { Notice, Present } from '../notice.ts';
import { channelsFor } from '../routes.ts';
import { ChannelLine, type LineSettings } from './channel-line.ts';
import { channelGone, type DeliveryChange, type DeliveryStore, type LogCursor } from './delivery-store.ts';
import type { ChannelStatus } from './health.ts';
import type { Waiting } from './waiting.ts';

export interface LinesOptions {
  readonly configuration: NotificationsConfiguration;
  readonly store: DeliveryStore;
  readonly makeChannel: (name: string, configuration: ChannelConfiguration) => Channel;
  readonly clock: Clock;
  readonly random: () => number;
  readonly present: (notice: Notice) => Promise<Present | null>;
  readonly page: () => string | null;
  /** Nothing gets through this channel any more. */
  readonly onDead: (channel: string, why: string) => void;
  readonly onFault: (error: unknown, doing: string) => void;
}

/** All channels of the configuration, each a line of its own, and which of them a notice goes to. */
export class Lines {
  readonly #options: LinesOptions;
  readonly #lines = new Map<string, ChannelLine>();
  #configuration: NotificationsConfiguration;
  #hasBegun = false;

  /** Takes up what waited before; nothing is sent until `begin`. */
  constructor(options: LinesOptions) {
    this.#options = options;
    this.#configuration = options.configuration;
    this.#make();
    const { waiting } = options.store.load();
    const left: Waiting[] = [];
    for (const [channel, rows] of Map.groupBy(waiting, ({ channel }) => channel)) {
      const own = rows.map((row) => row.waiting);
      const line = this.#lines.get(channel);
      if (line === undefined) left.push(...own);
      else line.add(own);
    }
    this.#giveUp(left);
    this.#handOver(left);
  }

  /** From now on it is known how incidents stand. */
  begin(): void {
    this.#hasBegun = true;
    for (const line of this.#lines.values()) line.wake();
  }

  get size(): number {
    return this.#lines.size;
  }

  get(name: string): ChannelLine | undefined {
    return this.#lines.get(name);
  }

  channels(): readonly Channel[] {
    return [...this.#lines.values()].map(({ channel }) => channel);
  }

  status(): readonly ChannelStatus[] {
    return [...this.#lines.values()].map((line) => line.status());
  }

  /** Channels that stay the same keep what they are doing. */
  reload(configuration: NotificationsConfiguration): void {
    const former = this.#configuration;
    this.#configuration = configuration;
    const left: Waiting[] = [];
    for (const [name, line] of [...this.#lines]) {
      if (Object.hasOwn(configuration.channels, name)) continue;
      this.#lines.delete(name);
      left.push(...line.abandon(channelGone));
    }
    this.#make(former);
    this.#handOver(left);
  }

  /**
   * Puts what happened in one moment on its way: on disk with how far the log was told, and then to its channels.
   * `except`: this channel is told nothing of it.
   */
  enqueue(notices: readonly Notice[], cursor: LogCursor | undefined, except?: string): void {
    this.#add(notices, cursor, (channel) => channel !== except);
  }

  /** What waited for channels that are gone, for those that would be told of it now and were not. */
  #handOver(left: readonly Waiting[]): void {
    if (left.length === 0) return;
    let told: ReadonlyMap<string, ReadonlySet<string>>;
    try {
      told = this.#options.store.channelsOf(left);
    } catch (error) {
      this.#options.onFault(error, 'read who was told of what waited for a channel that is gone');
      return;
    }
    const notices = [...new Map(left.map(({ notice }) => [notice.id, notice])).values()];
    this.#add(notices, undefined, (channel, { id }) => told.get(id)?.has(channel) !== true);
  }

  #add(
    notices: readonly Notice[],
    cursor: LogCursor | undefined,
    isMeant: (channel: string, notice: Notice) => boolean,
  ): void {
    const added = notices.flatMap((notice) =>
      channelsFor(notice, this.#configuration, (channel, incident) => this.#tells(channel, incident, notices))
        .filter((channel) => isMeant(channel, notice))
        .map((channel) => ({ channel, waiting: this.#waitingOf(notice) })),
    );
    if (added.length === 0 && cursor === undefined) return;
    this.write({ added, ...(cursor === undefined ? {} : { cursor }) });
    for (const [channel, rows] of Map.groupBy(added, ({ channel }) => channel)) {
      this.#lines.get(channel)?.add(rows.map(({ waiting }) => waiting));
    }
  }

  /** Where the disk refuses, what is in memory is told all the same. */
  write(change: DeliveryChange): void {
    try {
      this.#options.store.write(change);
    } catch (error) {
      this.#options.onFault(error, 'keep what people must be told (it is told from memory)');
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((line) => line.stop()));
  }

  #make(former?: NotificationsConfiguration): void {
    const { channels, digest, retry, queue } = this.#configuration;
    const settings: LineSettings = { digest, retry, queue };
    const { makeChannel } = this.#options;
    for (const [name, configuration] of Object.entries(channels)) {
      const line = this.#lines.get(name);
      const isSame = JSON.stringify(former?.channels[name]) === JSON.stringify(configuration);
      if (line === undefined) this.#lines.set(name, this.#makeLine(name, configuration, settings));
      else line.replace(isSame ? line.channel : makeChannel(name, configuration), settings);
    }
  }

  #makeLine(name: string, configuration: ChannelConfiguration, settings: LineSettings): ChannelLine {
    const { store, clock, random, page, present, onDead, onFault, makeChannel } = this.#options;
    return new ChannelLine({
      name,
      channel: makeChannel(name, configuration),
      settings,
      clock,
      random,
      page,
      mayBegin: () => this.#hasBegun,
      present: (notice) =>
        present(notice).catch((error: unknown) => {
          onFault(error, 'look up how an incident stands (it is told without)');
          return null;
        }),
      thread: (incident) => {
        try {
          return store.thread(name, incident);
        } catch (error) {
          onFault(error, 'read what was told of an incident (it is told anew)');
          return undefined;
        }
      },
      write: (change) => this.write(change),
      onDead: (why) => onDead(name, why),
      onFault: (error) => onFault(error, `tell people by ${name}`),
    });
  }

  /** Whether a channel was told of an incident, or is by what happened in the same moment. */
  #tells(channel: string, incident: string, notices: readonly Notice[]): boolean {
    if (this.#lines.get(channel)?.hasTold(incident) === true) return true;
    return notices.some(
      (each) =>
        each.incident === incident &&
        each.kind !== 'recovered' &&
        channelsFor(each, this.#configuration, () => false).includes(channel),
    );
  }

  #waitingOf(notice: Notice): Waiting {
    const { store, clock } = this.#options;
    return { row: store.nextRow(), notice, queuedAt: clock.now(), attempts: 0 };
  }

  #giveUp(rows: readonly Waiting[]): void {
    if (rows.length === 0) return;
    const at = this.#options.clock.now();
    this.write({ ended: rows.map(({ row }) => ({ row, state: 'given-up', at, error: channelGone })) });
  }
}
