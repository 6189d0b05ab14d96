// A small application that has only the published packages. Its database fails and comes back; it must go on
// meanwhile, and end by itself. Prints one line.
import assert from 'node:assert/strict';
import { attach, FaultError } from '@prunella/guard';
import { chaos } from '@prunella/guard/chaos';
import { subscribe } from '@prunella/guard/diagnostics';
import { health } from '@prunella/guard/health';
import { readMany } from '@prunella/guard/reads';
import { degradedWrites } from '@prunella/guard/writes';

const rows = new Map([['web-1', { failcount: 3 }]]);
const handle = {
  get: async (id) => rows.get(id) ?? null,
  put: async (id, row) => void rows.set(id, row),
};
const faults = chaos({
  driver: 'map',
  lease: () => ({ handle, abandon() {}, waitsForOwnPool: () => false, end() {} }),
  classify: () => ({ kind: 'caller', outcomeUnknown: false, evict: false }),
  ping: async () => {},
});
const conditions = [];
subscribe('condition', ({ condition }) => conditions.push(condition));
const database = attach(faults, {
  resource: 'map/main',
  breaker: { consecutive: 1, openForMs: 10 },
  reconnect: { baseMs: 1 },
});
const writes = degradedWrites(database);
const read = () => database.read({ key: 'web-1', load: (db) => db.get('web-1') });
const write = (failcount) =>
  writes.write({
    key: 'web-1',
    payload: { failcount },
    apply: (db, { payload }) => db.put('web-1', payload),
    applyToCached: (_cached, payload) => payload,
  });

assert.deepEqual((await read()).value, { failcount: 3 });
faults.follow({ faults: { unreachable: 1 } });
await assert.rejects(
  database.run((db) => db.get('web-1')),
  (error) => error instanceof FaultError && error.kind === 'unreachable',
);
assert.equal((await write(4)).pending, true);
const stale = await read();
assert.deepEqual([stale.value, stale.cacheOnly], [{ failcount: 4 }, true]);
assert.equal(health()().status, 'degraded');
faults.calm();
const endsAt = performance.now() + 15_000;
while (writes.waiting > 0 || !(await database.tryRun((db) => db.get('web-1'))).ok) {
  assert.ok(performance.now() < endsAt, 'the database is back, and the guard does not see it');
  await new Promise((resolve) => setTimeout(resolve, 20));
}
assert.deepEqual(rows.get('web-1'), { failcount: 4 });
const many = await readMany(database, {
  keys: ['web-1'],
  load: (_db, keys) => new Map(keys.map((key) => [key, rows.get(key)])),
});
assert.equal(many.get('web-1')?.ok, true);
assert.equal(health()().status, 'ok');
assert.deepEqual([conditions.at(0), conditions.at(-1)], ['ok', 'ok']);
process.stdout.write(`went on from cache, replayed one write, conditions: ${conditions.join(' ')}\n`);
