import type { ObserverView } from '@prunella/core';
import type { Tone } from './state-mark.tsx';

export const conditionTones: Readonly<Record<ObserverView['condition'], Tone>> = {
  ok: 'well',
  degraded: 'doubt',
  down: 'bad',
  unknown: 'rest',
};
