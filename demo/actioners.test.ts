import { setTimeout as delay } from 'node:timers/promises';
import { freePort, waitFor } from '@prunella/labs';
import { afterEach, expect, test } from 'vitest';
import { type Actioners, startActioners } from './actioners.ts';
import { Tally } from './tally.ts';

let actioners: Actioners | undefined;
afterEach(() => actioners?.stop());

test('a stream that was begun twice is one stream, and ends when it is stopped', async () => {
  const nobody = `127.0.0.1:${await freePort()}`;
  const tally = new Tally();
  actioners = await startActioners(
    {
      databaseUrl: `postgresql://postgres@${nobody}/postgres`,
      redisUrl: null,
      healerAddress: `http://${nobody}`,
      reporterToken: 'of nobody',
    },
    tally,
    () => {},
  );
  actioners.send();
  await waitFor(() => tally.sentCount > 0, { what: 'the first result' });
  actioners.send();
  await actioners.stopSending();
  const sent = tally.sentCount;
  // Ten results' time: a stream that still flowed would be seen.
  await delay(500);
  expect(tally.sentCount).toBe(sent);
}, 60_000);
