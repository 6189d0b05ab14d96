import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportLimits } from '@prunella/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mergeConditions } from '../../src/reporting/merge.ts';
import { type Environment, settleReporting } from '../../src/reporting/settings.ts';

let folder: string;
let caFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-environment-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, '-----BEGIN CERTIFICATE-----\n');
});

afterAll(() => rm(folder, { recursive: true }));

const named: Environment = {
  PRUNELLA_HEALER: 'http://healer-1:7766, https://healer-2',
  PRUNELLA_SERVICE: 'shop',
};

describe('without a line of code the environment says', () => {
  test('who reports, where to, and with which token', () => {
    const environment = { ...named, PRUNELLA_TOKEN: 'secret', PRUNELLA_HOST: 'web-1' };
    expect(settleReporting({}, environment)).toMatchObject({
      service: 'shop',
      host: 'web-1',
      token: 'secret',
      addresses: [{ text: 'http://healer-1:7766' }, { text: 'https://healer-2' }],
    });
  });

  test('where the token and the authorities lie', () => {
    const environment = { ...named, PRUNELLA_TOKEN_FILE: '/run/token', PRUNELLA_CA_FILE: caFile };
    const settings = settleReporting({}, environment);
    expect(settings).toMatchObject({ tokenFile: '/run/token', ca: '-----BEGIN CERTIFICATE-----\n' });
  });

  test('nothing that an option says otherwise', () => {
    const options = { service: 'depot', healer: 'unix:/run/healer.sock', token: 'other' };
    const settings = settleReporting(options, { ...named, PRUNELLA_TOKEN: 'secret' });
    expect(settings).toMatchObject({ service: 'depot', token: 'other', addresses: [{ secure: false }] });
  });

  test('to be silent, without a word where no healer is named and with one where no service is', () => {
    expect(settleReporting({}, {})).toEqual({ silent: null });
    const nameless = settleReporting({}, { PRUNELLA_HEALER: 'http://healer-1' });
    expect(nameless).toMatchObject({ silent: expect.stringContaining('set PRUNELLA_SERVICE') });
  });
});

test('the name of a pod is not given for that of its host', () => {
  // `localhost` is nobody's name.
  const host = hostname().startsWith('localhost') ? undefined : hostname();
  expect(settleReporting({}, named)).toMatchObject({ host });
  const pod = settleReporting({}, { ...named, KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  expect(pod).toMatchObject({ host: undefined });
});

test('of more resources than a report carries the sick ones come first', () => {
  const most = reportLimits.conditionsPerReport;
  const snapshots = Array.from({ length: most + 20 }, (_, number) => ({
    resource: `postgres/${number}`,
    condition: number < most ? ('ok' as const) : ('down' as const),
    sinceMs: 0,
    successes: 1,
    faults: {},
  }));
  const merged = mergeConditions(snapshots, new Map()).slice(0, most);
  expect(merged.filter(({ condition }) => condition === 'down')).toHaveLength(20);
});
