// An application's own tests, run by `node --test`: they use the code with its guard and the real healer's address.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attach, configureReporting } from '@prunella/guard';
import { StandInAdapter } from '../runtime/stand-in-adapter.ts';

configureReporting({ service: 'shop', healer: process.env['HEALER'] ?? '', heartbeatSickMs: 50 });
const adapter = new StandInAdapter();
const database = attach(adapter, { resource: 'stand-in/main' });

test('the shop goes on when its database fails', async () => {
  adapter.serves = 'unreachable';
  assert.equal((await database.tryRun((handle) => handle.ask())).ok, false);
  await new Promise((resolve) => setTimeout(resolve, 150));
});
