import { signal } from '@preact/signals';

const announcement = signal('');

/** Told to screen readers when they are at leisure. For what changed, never for a clock that ticks. */
export function announce(text: string): void {
  // The same text twice is a change, too.
  announcement.value = announcement.peek() === text ? `${text}\u00a0` : text;
}

export function Announcer() {
  return (
    <p class="visually-hidden" role="status" aria-live="polite">
      {announcement}
    </p>
  );
}
