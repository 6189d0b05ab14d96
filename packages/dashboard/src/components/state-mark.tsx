import type { Explanation } from '@prunella/core';

export type MarkState = Explanation['state'] | 'closed';

/** In words of a person; shapes differ as well as colours. */
export const stateWords: Readonly<Record<MarkState, string>> = {
  ok: 'ok',
  closed: 'over',
  undecided: 'not certain',
  suspected: 'suspected',
  open: 'broken',
  attempting: 'being repaired',
  verifying: 'being verified',
  paused: 'paused',
  exhausted: 'needs you',
};

export type Tone = 'well' | 'doubt' | 'bad' | 'work' | 'rest';

export const stateTones: Readonly<Record<MarkState, Tone>> = {
  ok: 'well',
  closed: 'well',
  undecided: 'doubt',
  suspected: 'doubt',
  open: 'bad',
  attempting: 'work',
  verifying: 'work',
  paused: 'rest',
  exhausted: 'bad',
};

const shapes: Readonly<Record<MarkState, string>> = {
  ok: 'M4.5 8.4 7 10.8l4.6-5.4',
  closed: 'M4.5 8.4 7 10.8l4.6-5.4',
  undecided: 'M6.1 6.2a2 2 0 1 1 2.7 2c-.6.3-.8.6-.8 1.2M8 11.6v.1',
  suspected: 'M8 4.6v4M8 11.3v.1',
  open: 'M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2',
  attempting: 'M8 4.4v3.8l2.5 1.5',
  verifying: 'M4.2 8s1.5-2.6 3.8-2.6S11.8 8 11.8 8s-1.5 2.6-3.8 2.6S4.2 8 4.2 8Z',
  paused: 'M6.3 5.4v5.2M9.7 5.4v5.2',
  exhausted: 'M8 4.6v4M8 11.3v.1',
};

export function StateMark({ state, words }: { readonly state: MarkState; readonly words?: string }) {
  return (
    <span class={`mark tone-${stateTones[state]}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" class={`mark-shape mark-${state}`}>
        <circle cx="8" cy="8" r="7" />
        <path d={shapes[state]} />
      </svg>
      {words ?? stateWords[state]}
    </span>
  );
}
