import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configureReporting, OptionError } from '@prunella/guard';
import { findBinary, notRun } from '@prunella/labs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ask } from '../runtime/guarded.ts';
import { guarded, report, until } from '../runtime/reporting-process.ts';
import { StandInHealer } from '../runtime/stand-in-healer.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-tls-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('a healer behind TLS with a certificate of the own house', () => {
  let caFile: string;
  let key: string;
  let cert: string;

  beforeAll(async () => {
    if (findBinary('openssl') === null) return;
    caFile = join(folder, 'certificate.pem');
    const keyFile = join(folder, 'key.pem');
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-subj', '/CN=healer', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', keyFile, '-out', caFile, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, ...files], { stdio: 'ignore' });
    [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(caFile, 'utf8')]);
  });

  beforeEach((context) => {
    if (findBinary('openssl') === null) notRun(context, 'needs openssl on the PATH');
  });

  test('is trusted where its authority is given, and told the token', async () => {
    const secure = new StandInHealer({ key, cert });
    try {
      report({ healer: await secure.listen(), caFile });
      const { guard } = guarded();
      await guard.run(ask);
      await until(() => expect(secure.newest?.conditions[0]?.condition).toBe('ok'));
      expect(secure.reports[0]?.token).toBe('Bearer secret-of-the-test');
      await guard.detach();
      expect(secure.newest?.goodbye).toBe(true);
    } finally {
      await secure.close();
    }
  });

  test('is told nothing where its authority is not given, and that is said', async () => {
    const secure = new StandInHealer({ key, cert });
    const warnings: string[] = [];
    const listener = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listener);
    try {
      const address = await secure.listen();
      report({ healer: address });
      const { guard } = guarded();
      await guard.run(ask);
      await until(() => expect(warnings.join()).toContain('self-signed certificate'));
      expect(warnings.join()).toContain(`the healer at ${address} cannot be reached`);
      expect(secure.reports).toEqual([]);
    } finally {
      process.off('warning', listener);
      await secure.close();
    }
  });
});

test('a file that has no certificates is refused at once', async () => {
  const file = join(folder, 'empty.pem');
  await writeFile(file, 'nothing');
  for (const caFile of [file, join(folder, 'missing.pem')]) {
    const configure = () =>
      configureReporting({ service: 'shop', healer: 'https://healer', caFile, inTests: true });
    expect(configure).toThrow(OptionError);
    expect(configure).toThrow(
      `option caFile: given ${JSON.stringify(caFile)}; allowed: a readable file with certificates in PEM`,
    );
  }
});
