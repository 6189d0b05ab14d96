import { expect, test } from 'vitest';
import type { Backend } from '../../src/backends/backend.ts';
import { StandInBackend } from '../engine/stand-in-backend.ts';
import { serve } from './serve.ts';

test('a backend that a reload brings is told of its orders', async () => {
  const backends: Backend[] = [];
  const { post } = await serve({ backends });
  const send = () => post('/v1/callbacks/attempt-1', { outcome: 'succeeded' }, '');
  expect((await send()).status).toBe(404);

  const heard: string[] = [];
  const successor: Backend = Object.assign(new StandInBackend(), {
    callback: async (attempt: string) => {
      heard.push(attempt);
      return { verdict: 'taken' } as const;
    },
  });
  backends.push(successor);
  expect((await send()).status).toBe(202);
  expect(heard).toEqual(['attempt-1']);
});
