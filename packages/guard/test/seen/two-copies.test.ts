import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as here from '@prunella/guard';
import { subscribe } from '@prunella/guard/diagnostics';
import { health } from '@prunella/guard/health';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask, faultOf } from '../runtime/guarded.ts';
import { healer, report, resource, until } from '../runtime/reporting-process.ts';
import { StandInAdapter } from '../runtime/stand-in-adapter.ts';

const require = createRequire(import.meta.url);
let folder: string;
/** The same package once more, in one CommonJS file, as a bundler makes it. */
let other: typeof here;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-copy-'));
  const bundle = await rolldown({
    input: fileURLToPath(import.meta.resolve('@prunella/guard')),
    platform: 'node',
    external: /^node:/,
    resolve: { conditionNames: ['prunella-source', 'import', 'node', 'default'] },
  });
  const file = join(folder, 'guard.cjs');
  await bundle.write({ format: 'cjs', file });
  await bundle.close();
  other = require(file);
});

afterAll(() => rm(folder, { recursive: true }));

let mine: StandInAdapter;
let theirs: StandInAdapter;

beforeEach(() => {
  mine = new StandInAdapter();
  theirs = new StandInAdapter();
});

const options = () => ({ resource, reconnect: { baseMs: 60_000 }, random: () => 0.5 });

test('two copies are really loaded', () => {
  expect(other.attach).not.toBe(here.attach);
  expect(other.FaultError).not.toBe(here.FaultError);
});

test('guards of both are reported by one reporter, as one condition', async () => {
  report();
  const first = here.attach(mine, options());
  const second = other.attach(theirs, options());
  await first.run(ask);
  theirs.serves = 'unreachable';
  await second.tryRun(ask);
  const merged = { resource, condition: 'degraded', successes: 1, faults: { unreachable: 1 } };
  await until(() => expect(healer.newest?.conditions).toMatchObject([merged]));
  expect(new Set(healer.reports.map((each) => each.report.instance)).size).toBe(1);
  await first.detach();
  expect(healer.newest?.goodbye).toBeUndefined();
  await second.detach();
  await until(() => expect(healer.newest?.goodbye).toBe(true));
});

test('what one copy configures holds for the other, which can say goodbye for both', async () => {
  report();
  const guard = other.attach(theirs, options());
  await guard.run(ask);
  await until(() => expect(healer.newest?.conditions).toMatchObject([{ condition: 'ok' }]));
  await other.sayGoodbye();
  expect(healer.newest?.goodbye).toBe(true);
  await guard.detach();
});

test('health and diagnostics of one copy see the guards of the other', async () => {
  const seen: string[] = [];
  const stop = subscribe('condition', (message) => seen.push(message.condition));
  const guard = other.attach(theirs, options());
  await guard.run(ask);
  stop();
  expect(seen).toEqual(['ok']);
  expect(health()().resources).toMatchObject([{ resource, condition: 'ok' }]);
  await guard.detach();
});

test('a fault passes through the guard of another copy unchanged, and counts once', async () => {
  const outer = here.attach(mine, options());
  const inner = other.attach(theirs, { ...options(), resource: 'stand-in/inner' });
  theirs.serves = 'unreachable';
  const fault = await faultOf(outer.run(() => inner.run(ask)));
  expect(fault).toBeInstanceOf(other.FaultError);
  expect(fault.resource).toBe('stand-in/inner');
  expect([outer.condition, inner.condition]).toEqual(['unknown', 'down']);
  expect(new Error('no fault')).not.toBeInstanceOf(here.FaultError);
  await Promise.all([outer.detach(), inner.detach()]);
});
