import { findBinary, type LabService, notRun, startRethinkdb } from '@prunella/labs';
import classic from 'rethinkdb';
import { r } from 'rethinkdb-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classifier } from '../../src/adapters/classification/classify.ts';
import { reqlRows } from '../../src/adapters/reql/rows.ts';
import { rethinkdbConnection as classicConnection } from '../../src/adapters/rethinkdb/index.ts';
import { rethinkdbConnection } from '../../src/adapters/rethinkdb-ts/index.ts';
import { call, temporaryFolder } from './call.ts';

const classify = classifier(reqlRows);
const isReal = findBinary('rethinkdb') !== null;
const folder = temporaryFolder();
let server: LabService;

beforeAll(async () => {
  if (isReal) server = await startRethinkdb({ folder });
});
afterAll(() => server?.stop());
beforeEach((context) => {
  if (!isReal) notRun(context, 'needs a real rethinkdb on the PATH');
});

const soon = () => AbortSignal.timeout(10_000);
const where = () => ({ host: '127.0.0.1', port: server.port });

describe('what a real RethinkDB answers, classified', () => {
  it('types its errors for rethinkdb-ts, and the caller is to blame for them', async () => {
    const adapter = rethinkdbConnection(where(), r);
    await adapter.reconnect?.(soon());
    const missing = await call(adapter, (db) => db.run(r.table('nowhere')));
    const bad = await call(adapter, (db) => db.run(r.expr([]).nth(5)));
    const own = await call(adapter, (db) => db.run(r.error('own')));
    expect(missing).toMatchObject({ kind: 'caller', error: { name: 'ReqlOpFailedError', type: 17 } });
    expect(bad).toMatchObject({ kind: 'caller', error: { type: 16 } });
    expect(own).toMatchObject({ kind: 'caller', error: { type: 19 } });
    await adapter.close();
  });

  it('types its errors for the classic driver, and the caller is to blame for them', async () => {
    const adapter = classicConnection(where(), classic);
    await adapter.reconnect?.(soon());
    const missing = await call(adapter, (db) => db.run(classic.table('nowhere')));
    const bad = await call(adapter, (db) => db.run(classic.expr(1).add('a')));
    expect(missing).toMatchObject({ kind: 'caller', error: { name: 'ReqlOpFailedError' } });
    expect(bad).toMatchObject({ kind: 'caller', error: { name: 'ReqlQueryLogicError' } });
    await adapter.close();
  });

  it('refuses a wrong user, and neither driver leaves a late error behind', async () => {
    const login = { ...where(), user: 'nobody-knows', password: 'x' };
    for (const adapter of [rethinkdbConnection(login, r), classicConnection(login, classic)]) {
      const refused = await adapter.reconnect?.(soon()).catch((error: unknown) => error);
      expect(classify(refused).kind).toBe('auth');
      await adapter.close();
    }
  });
});
