import { now } from '../live/clock.ts';
import { countdown, duration, localTimes, timeOfDay } from '../text/time.ts';

/** A moment in the reader's zone. */
export function Moment({ at }: { readonly at: number }) {
  const isDate = Math.abs(at) <= 8.64e15;
  if (!isDate) return <span>at an unknown time</span>;
  return <time dateTime={new Date(at).toISOString()}>{timeOfDay(at, now.value)}</time>;
}

/** How long something lasts already; ticks, by whole seconds. */
export function Age({ since }: { readonly since: number }) {
  const wholeSeconds = Math.floor(Math.max(0, now.value - since) / 1_000) * 1_000;
  return <span class="ticking">{duration(wholeSeconds)}</span>;
}

/** What is left until then; ticks, and says `now` when it is there. */
export function Countdown({ at }: { readonly at: number }) {
  const leftMs = at - now.value;
  return (
    <span class="ticking" role="timer" aria-live="off">
      {leftMs <= 0 ? 'now' : countdown(leftMs)}
    </span>
  );
}

/** A sentence of the healer's, with its times in the reader's zone and what stands between backticks as code. */
export function Sentence({ text }: { readonly text: string }) {
  const parts = localTimes(text, now.peek()).split(/`([^`]+)`/);
  return <>{parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
