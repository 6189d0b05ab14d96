import type { Environment } from '../configuration/secret.ts';
import type { Clock } from '../engine/clock.ts';
import type { EmbeddedEngine } from '../engine/embedded-engine.ts';
import type { Notification } from '../engine/options.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { Plan } from './plan.ts';

export interface LiveNotificationsOptions {
  readonly environment: Environment;
  readonly clock?: Clock | undefined;
  /** Where this healer listens; null where nowhere, or not yet. */
  readonly address: () => string | null;
  readonly onFault: (error: unknown, doing: string) => void;
}

/** The notifier of a plan. Where nobody is to be told, its code is not loaded and no file of it made. */
export class LiveNotifications {
  readonly #options: LiveNotificationsOptions;
  #plan: Plan;
  #notifier: Notifier | null = null;
  #engine: EmbeddedEngine | null = null;
  #stopped = false;

  private constructor(options: LiveNotificationsOptions, plan: Plan) {
    this.#options = options;
    this.#plan = plan;
  }

  /** Never rejects for what is wrong with a channel: that is told, and the healer heals. */
  static async make(plan: Plan, options: LiveNotificationsOptions): Promise<LiveNotifications> {
    const live = new LiveNotifications(options, plan);
    await live.#begin();
    return live;
  }

  /** Null where nobody is to be told of anything. */
  get notifier(): Notifier | null {
    return this.#notifier;
  }

  async take(notification: Notification): Promise<void> {
    await this.#notifier?.take(notification);
  }

  async follow(engine: EmbeddedEngine): Promise<void> {
    this.#engine = engine;
    await this.#followWith(this.#notifier);
  }

  async replace(plan: Plan): Promise<void> {
    this.#plan = plan;
    if (this.#notifier !== null) {
      this.#notifier.reload(plan.configuration.notifications);
      return;
    }
    await this.#begin();
    await this.#followWith(this.#notifier);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#notifier?.stop();
  }

  async #begin(): Promise<void> {
    const { notifications, store } = this.#plan.configuration;
    if (Object.keys(notifications.channels).length === 0 || this.#stopped) return;
    const { environment, clock, address, onFault } = this.#options;
    try {
      const { openNotifier } = await import('../notify/open-notifier.ts');
      this.#notifier = await openNotifier({
        configuration: notifications,
        allow: () => this.#plan.configuration.outgoing.allow,
        folder: store.folder,
        environment,
        clock,
        address,
        onFault,
      });
    } catch (error) {
      onFault(error, 'start to tell people (nobody is told of anything)');
    }
  }

  async #followWith(notifier: Notifier | null): Promise<void> {
    if (notifier === null || this.#engine === null) return;
    const { surroundingsOf } = await import('../notify/surroundings.ts');
    await notifier.follow(
      this.#engine,
      surroundingsOf(this.#engine, () => this.#plan),
    );
  }
}
