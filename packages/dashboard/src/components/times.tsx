import { now } from '../live/clock.ts';
import { countdown, duration, localTimes, timeOfDay } from '../text/time.ts';

/** A moment in the reader's zone. */
export function Moment({ at }: { readonly at: number }) {
  const isDate = Math.abs(at) <= 8.64e15;
  if (!isDate) return <span>at an unknown time</span>;
  return <time dateTime={new Date(at).toISOString()}>{timeOfDay(at, now.value)}</time>;
}

/** How long something lasts already; ticks. */
export function Age({ since }: { readonly since: number }) {
  return <span class="ticking">{duration(Math.max(0, now.value - since))}</span>;
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

/** A sentence of the healer's, with its times in the reader's zone. */
export function Sentence({ text }: { readonly text: string }) {
  return <>{localTimes(text, now.peek())}</>;
}
