import { signal } from '@preact/signals';
import { serverClock } from '../api/server-clock.ts';

/** The healer's time, ms since the Unix epoch, once a second: for ages and countdowns. */
export const now = signal(serverClock.now());

export function tick(): void {
  now.value = serverClock.now();
}

setInterval(tick, 1_000);
