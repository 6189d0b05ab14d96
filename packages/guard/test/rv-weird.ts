import { attach } from '@prunella/guard';
import { pgPool } from '@prunella/guard/pg';
import { ioredisClient } from '@prunella/guard/ioredis';
import pg from 'pg';
process.on('unhandledRejection', (e) => console.log('UNHANDLED', e));
process.on('uncaughtException', (e) => console.log('UNCAUGHT', e));
const pool = new pg.Pool({ host: '127.0.0.1', port: 1 }); pool.on('error', () => {});
const guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 300, breaker: { consecutive: 1000 } });
const plain = attach({ driver: 'x', lease: () => ({ handle: 1, abandon() {}, waitsForOwnPool: () => false, end() {} }), classify: () => { throw new Error('classify'); }, ping: () => { throw new Error('sync ping'); }, reconnect: () => { throw new Error('sync'); } } as never, { resource: 'x/y', deadlineMs: 300, breaker: { consecutive: 1000 }, reconnect: { baseMs: 10, capMs: 20 } });
const agg = new AggregateError([], ''); agg.errors.push(agg);
const weird: unknown[] = [null, undefined, 0, '', Symbol('x'), Object.create(null), { get cause() { throw new Error('getter'); } }, { get message() { throw new Error('getter'); } }, new Proxy({}, { get() { throw new Error('proxy'); }, getPrototypeOf() { throw new Error('proto'); } }), Object.assign(new Error('x'), { message: { a: 1 } }), agg, Object.defineProperty(new Error('e'), 'code', { get() { throw new Error('code'); } }), new AggregateError([]), (() => { const e: { cause?: unknown } = new Error('c'); e.cause = e; return e; })()];
for (const [name, g] of [['pg', guard], ['plain', plain]] as const) for (const [i, w] of weird.entries()) for (const how of ['reject', 'throw', 'late'] as const) {
  const r = await Promise.race([
    g.tryRun(() => { if (how === 'throw') throw w; if (how === 'late') return new Promise((_, rej) => setTimeout(() => rej(w), 1)); return Promise.reject(w); }).then((o) => o.ok ? 'ok' : 'fault ' + o.fault.kind, (e) => 'REJECTED ' + String(e?.message)),
    new Promise((r) => setTimeout(() => r('HANG'), 800)),
  ]).catch((e) => 'SYNC ' + e);
  if (!String(r).startsWith('fault')) console.log(name, i, how, r);
}
guard.on('fault', () => { throw Object.create(null); });
console.log(await Promise.race([guard.tryRun(() => Promise.reject(new Error('x'))).then(() => 'fine', String), new Promise((r) => setTimeout(() => r('HANG listener'), 800))]));
const bad = attach({ driver: 'x', lease: () => ({ handle: 1, abandon() { throw new Error('abandon'); }, waitsForOwnPool: () => { throw new Error('w'); }, end() { throw new Error('end'); } }), classify: () => ({ kind: 'unknown', outcomeUnknown: false, evict: true }), ping: async () => {} } as never, { resource: 'x/z', deadlineMs: 100 });
console.log('miss', await Promise.race([bad.tryRun(() => new Promise(() => {})).then(() => 'fine', String), new Promise((r) => setTimeout(() => r('HANG bad lease miss'), 800))]));
console.log('rej', await Promise.race([bad.tryRun(() => Promise.reject(new Error('x'))).then(() => 'fine', String), new Promise((r) => setTimeout(() => r('HANG bad lease rej'), 800))]));
await guard.detach(); await plain.detach(); await pool.end();
