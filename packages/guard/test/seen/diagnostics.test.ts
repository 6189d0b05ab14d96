import { channel } from 'node:diagnostics_channel';
import { type GuardMessage, subscribe } from '@prunella/guard/diagnostics';
import { expect, test } from 'vitest';
import { ask, guarded } from '../runtime/guarded.ts';

test('what guards see is published for the whole process, until nobody listens any more', async () => {
  const conditions: GuardMessage<'condition'>[] = [];
  const faults: GuardMessage<'fault'>[] = [];
  const stop = [
    subscribe('condition', (message) => conditions.push(message)),
    subscribe('fault', (message) => faults.push(message)),
  ];
  const { guard, adapter } = guarded({ resource: 'stand-in/seen' });
  await guard.run(ask);
  adapter.serves = 'unreachable';
  await guard.tryRun(ask);
  expect(conditions).toMatchObject([
    { resource: 'stand-in/seen', condition: 'ok', previous: 'unknown', fault: null },
    { resource: 'stand-in/seen', condition: 'degraded', previous: 'ok', fault: { kind: 'unreachable' } },
  ]);
  expect(faults).toMatchObject([{ resource: 'stand-in/seen', counted: true }]);
  for (const each of stop) each();
  await guard.tryRun(ask);
  expect(faults).toHaveLength(1);
});

test('the channels are plain ones: a tool that knows nothing of this package can listen', async () => {
  const seen: unknown[] = [];
  const listener = (message: unknown, name: string | symbol) => seen.push([name, message]);
  const condition = channel('prunella:guard:condition');
  condition.subscribe(listener);
  const { guard } = guarded();
  await guard.run(ask);
  condition.unsubscribe(listener);
  expect(seen).toMatchObject([['prunella:guard:condition', { resource: 'stand-in/main', condition: 'ok' }]]);
});
