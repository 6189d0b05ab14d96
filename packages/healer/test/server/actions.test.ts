import { expect, test } from 'vitest';
import type { Backend } from '../../src/backends/backend.ts';
import { GuardBackend } from '../../src/backends/guard/guard-backend.ts';
import { serve, viewerToken } from './serve.ts';

/** As one whose actions a configuration names. */
const hooks: Backend = {
  ...Object.create(new GuardBackend()),
  name: 'http',
  promises: { finds: true, fences: false, cancels: true, dryRuns: true },
  actions: new Map([['http.reboot', { action: 'http.reboot', effect: 'disrupts', highestAutonomy: 'ask' }]]),
};

test('a viewer hears what a step may name, what it takes and how far it goes', async () => {
  const backends = [hooks, new GuardBackend()];
  const { call } = await serve({ backends });
  const response = await call('/v1/actions', { token: viewerToken });
  const { items } = (await response.json()) as { items: { action: string }[] };
  expect(items.map(({ action }) => action)).toEqual(['guard.serve-cache', 'guard.shed', 'http.reboot']);
  expect(items[1]).toMatchObject({
    backend: 'guard',
    effect: 'restores',
    autonomy: 'ask',
    highestAutonomy: 'auto',
    arguments: { properties: { for: { type: 'string' }, share: { type: 'number' } }, required: [] },
  });
  // Its backend could, this action cannot.
  expect(items[2]).toMatchObject({
    arguments: null,
    highestAutonomy: 'ask',
    promises: { cancels: true, dryRuns: false },
  });
});

test('a backend that a reload brings is heard of, too', async () => {
  const backends: Backend[] = [];
  const { call } = await serve({ backends });
  expect(await (await call('/v1/actions')).json()).toEqual({ items: [] });
  backends.push(new GuardBackend());
  const { items } = (await (await call('/v1/actions')).json()) as { items: unknown[] };
  expect(items).toHaveLength(2);
});
