import { onTestFinished } from 'vitest';
import type { Channel } from '../../src/notify/channel.ts';
import {
  type NotificationsConfiguration,
  notificationsConfiguration,
} from '../../src/notify/configuration.ts';
import { openDeliveryStore } from '../../src/notify/delivery/delivery-store.ts';
import { Notifier } from '../../src/notify/notifier.ts';
import { surroundingsOf } from '../../src/notify/surroundings.ts';
import { EngineUnderTest, playbooksUnderTest } from '../engine/engine-under-test.ts';
import type { StandInBackend } from '../engine/stand-in-backend.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';

/** As it stands in `prunella.yaml`, read. */
export function notificationsOf(written: unknown): NotificationsConfiguration {
  return notificationsConfiguration({ folder: '/' }).parse(written);
}

const webhook = {
  type: 'webhook',
  url: 'https://example.com/hook',
  secrets: [{ environment: 'HOOK' }],
};

/** Webhooks by name, whose channels the test brings. */
export function webhooks(...names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, webhook]));
}

export interface NotifierSettings {
  readonly folder: string;
  readonly clock?: VirtualClock;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly written?: Readonly<Record<string, unknown>>;
}

/** A real notifier on a real file; its channels and its time are the test's. */
export async function openNotifierUnderTest({ folder, clock, channels, written }: NotifierSettings) {
  const faults: string[] = [];
  const time = clock ?? new VirtualClock(1_700_000_000_000);
  const { store, problem } = await openDeliveryStore(folder, () => time.now());
  const notifier = new Notifier({
    configuration: notificationsOf({ channels: webhooks(...Object.keys(channels)), ...written }),
    store,
    makeChannel: (name) => {
      const channel = channels[name];
      if (channel === undefined) throw new Error(`the test has no channel ${name}`);
      return channel;
    },
    address: () => 'http://127.0.0.1:7766',
    clock: time,
    random: () => 0.5,
    onFault: (error, doing) =>
      faults.push(`${doing}: ${error instanceof Error ? error.message : String(error)}`),
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    const stopping = notifier.stop();
    // What is being sent gets a moment, by a clock that stands still otherwise.
    await time.advance(8_000);
    await stopping;
  };
  onTestFinished(stop);
  return { notifier, store, clock: time, faults, problem, stop };
}

/** A notifier that follows a real engine on a real store. */
export async function startNotified(
  settings: NotifierSettings & {
    readonly autonomy?: 'ask' | 'auto';
    readonly backend?: StandInBackend;
    readonly isUp?: boolean;
  },
) {
  const under = await openNotifierUnderTest(settings);
  const { folder, autonomy = 'ask', backend, isUp } = settings;
  const test = await EngineUnderTest.start({
    folder,
    clock: under.clock,
    autonomy,
    ...(isUp === undefined ? {} : { isUp }),
    ...(backend === undefined ? {} : { backend }),
    engine: { onNotify: (notification) => under.notifier.take(notification) },
  });
  const playbooks = playbooksUnderTest(autonomy);
  const plan = { configuration: { resources: {} }, playbooks };
  await under.notifier.follow(
    test.engine,
    surroundingsOf(test.engine, () => plan),
  );
  return { ...under, test };
}

export const allDown = { a: 'down', b: 'down' } as const;
export const allWell = { a: 'ok', b: 'ok' } as const;
