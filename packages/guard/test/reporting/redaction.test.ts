import { attach, configureReporting, sayGoodbye } from '@prunella/guard';
import { waitFor } from '@prunella/labs';
import { reportLimits } from '@prunella/protocol';
import { array, assert, constantFrom, integer, property, string, tuple } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redact } from '../../src/reporting/redact.ts';
import { StandInAdapter, StandInError } from '../runtime/stand-in-adapter.ts';
import { StandInHealer } from '../runtime/stand-in-healer.ts';

const healer = new StandInHealer();

beforeAll(async () => {
  configureReporting({
    service: 'redaction',
    healer: await healer.listen(),
    inTests: true,
    heartbeatSickMs: 60_000,
  });
});

afterAll(async () => {
  await sayGoodbye();
  await healer.close();
});

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#%*+-_~';
const secrets = string({ unit: constantFrom(...letters), minLength: 8, maxLength: 40 }).map(
  (text) => `s3${text}`,
);
const fillers = tuple(
  array(constantFrom('connect', 'failed', 'after', '5,000 ms', 'query', 'users'), { maxLength: 20 }),
  integer({ min: 0, max: 1_980 }),
).map(([words, length]) => `${words.join(' ')} ${'x '.repeat(length / 2)}`);

/** Texts as drivers, ORMs and applications make them, with a secret inside. */
const shapes: readonly (readonly [string, (secret: string) => string])[] = [
  ['a URL of a database', (secret) => `connect to postgres://app:${secret}@db1:5432/app failed`],
  ['a URL with @ and / in its password', (secret) => `redis://:${secret}@/x@cache:6379/0 refused`],
  ['a key and its value', (secret) => `bad options: password=${secret} host=db1`],
  ['a query string', (secret) => `GET https://api.example/v1?sslpassword=${secret}`],
  ['JSON', (secret) => `{"user":"app","password":"${secret}","apiKey": "${secret}"}`],
  ['a bearer token', (secret) => `status 401 for authorization: Bearer ${secret}`],
  ['a value in quotes', (secret) => `no such monitor '${secret}' in table monitors`],
  ['a value with quotes in it', (secret) => `no such monitor 'it''s ${secret}' in table monitors`],
  ["PostgreSQL's detail", (secret) => `duplicate key\nDETAIL:  Key (email)=(${secret}) already exists.`],
  ["PostgreSQL's bad value", (secret) => `invalid input syntax for type integer: "${secret}"`],
  ["Drizzle's parameters", (secret) => `Failed query: select * from t where a = $1\nparams: 7,${secret}`],
  ["RethinkDB's query", (secret) => `Table does not exist in:\nr.db("app").table("t").get("${secret}")\n^^^`],
  ["Redis's arguments", (secret) => `ERR unknown command 'GTE', with args beginning with: '${secret}' `],
];

test.each(shapes)('no sample carries the secret of %s, wherever it stands', (_shape, make) => {
  assert(
    property(secrets, fillers, (secret, filler) => {
      const sample = redact(filler + make(secret));
      expect(sample.length).toBeLessThanOrEqual(reportLimits.sampleLength);
      for (let from = 0; from + 8 <= secret.length; from++) {
        expect(sample).not.toContain(secret.slice(from, from + 8));
      }
    }),
    { numRuns: 300 },
  );
});

test('a sample keeps what helps: the place, the kind, and names of tables', async () => {
  const adapter = new StandInAdapter();
  const guard = attach(adapter, {
    resource: 'stand-in/kept',
    reconnect: { baseMs: 60_000 },
    random: () => 0.5,
  });
  const text = 'connect ECONNREFUSED 10.0.0.7:5432 (postgres://app:x@db1/app), relation "users", code 57P03';
  await guard.tryRun(() => Promise.reject(new StandInError('unreachable', text)));
  const sample = await waitFor(
    () => healer.newest?.conditions.find((each) => each.resource === 'stand-in/kept')?.sample,
    { what: 'the sample' },
  );
  expect(sample).toBe(
    'stand-in/kept failed (unreachable): connect ECONNREFUSED 10.0.0.7:5432' +
      ' (postgres://***@db1/app), relation "users", code 57P03',
  );
  await guard.detach();
});
