import { type LabService, startReqlite, startRethinkdb } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeOnce, probeTimed, temporaryFolder } from './outcomes.ts';

// `startRethinkdb` gives a real server where one is on the PATH; the stand-in is tried in any case.
describe.each([
  ['the stand-in', startReqlite],
  ['what this machine has', startRethinkdb],
] as const)('RethinkDB: %s', (_name, start) => {
  const folder = temporaryFolder();
  let server: LabService;

  beforeAll(async () => {
    server = await start({ folder: folder.path });
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  test('passes where it lets the user in and answers a query', async () => {
    expect(await probeOnce({ type: 'rethinkdb', port: server.port })).toEqual({
      passed: true,
      detail: expect.stringMatching(/^answered, \d+ database\(s\), server \S.*, in \d+ ms$/),
    });
  });

  test('a wrong password fails as auth', async () => {
    expect(await probeOnce({ type: 'rethinkdb', port: server.port, password: 'guess' })).toMatchObject({
      passed: false,
      kind: 'auth',
    });
  });

  test('stopped, it fails at the limit', async () => {
    server.kill('SIGSTOP');
    try {
      const { outcome, tookMs } = await probeTimed({ type: 'rethinkdb', port: server.port }, 300);
      expect(outcome).toMatchObject({
        passed: false,
        kind: 'timeout',
        detail: expect.stringMatching(/^connected, but no answer within \d+ ms$/),
      });
      expect(tookMs).toBeLessThan(1_500);
    } finally {
      server.kill('SIGCONT');
    }
  });

  test('killed, it is unreachable; started again, it passes', async () => {
    server.kill('SIGKILL');
    await server.exited();
    expect(await probeOnce({ type: 'rethinkdb', port: server.port })).toMatchObject({
      passed: false,
      kind: 'unreachable',
    });
    await server.restart();
    expect(await probeOnce({ type: 'rethinkdb', port: server.port })).toMatchObject({ passed: true });
  });
});
