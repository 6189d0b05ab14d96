import { duration } from '@prunella/core/describe';

export { duration };

const hourCycle = 'h23';
const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle,
});
const minuteClock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** `08:15:00`, with the day where it is another one than `now`'s. */
export function timeOfDay(at: number, now: number): string {
  const time = clock.format(at);
  return isSameDay(at, now) ? time : `${day.format(at)}, ${time}`;
}

/** `08:15`. */
function minuteOfDay(at: number): string {
  return minuteClock.format(at);
}

function isSameDay(left: number, right: number): boolean {
  return new Date(left).toDateString() === new Date(right).toDateString();
}

/** What is left, to the second: `14:05`, `1:02:33`, `0:00`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const fullTime = /\b(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z/g;
const minuteTime = /\b(\d\d):(\d\d)Z/g;

/** The healer's sentences tell times in UTC; here they are told in the reader's zone, like all others on the page. */
export function localTimes(sentence: string, now: number): string {
  return sentence
    .replace(fullTime, (text, date, time) => {
      const at = Date.parse(`${date}T${time}Z`);
      return Number.isNaN(at) ? text : timeOfDay(at, now);
    })
    .replace(minuteTime, (_text, hours, minutes) => {
      const near = new Date(now);
      near.setUTCHours(Number(hours), Number(minutes), 0, 0);
      return minuteOfDay(near.getTime());
    });
}

const durationAtEnd = / in \d+(?:\.\d+)? (?:s|min|h)(?: \d+ (?:s|min))?$/;

/** A sentence that was told at one moment, without the duration that the page counts down itself. */
export function withoutDuration(sentence: string): string {
  return sentence.replace(durationAtEnd, '');
}

/** For the foot of the page: `Europe/Berlin, UTC+1`. */
export function zoneText(at: number): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const ahead = -new Date(at).getTimezoneOffset();
  const hours = Math.floor(Math.abs(ahead) / 60);
  const minutes = Math.abs(ahead) % 60;
  const shown = `${hours}${minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}`;
  const offset = ahead === 0 ? 'UTC' : `UTC${ahead < 0 ? '−' : '+'}${shown}`;
  return timeZone === undefined || timeZone === 'UTC' ? offset : `${timeZone}, ${offset}`;
}
