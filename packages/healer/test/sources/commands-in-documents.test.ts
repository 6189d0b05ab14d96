import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startHealer } from '../../src/healer/start-healer.ts';
import { afterwards, workshop } from '../healer/workshop.ts';
import { openingPlaybook, tokens } from './healer-with-sources.ts';

const root = join(import.meta.dirname, '../../../..');

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocksOf(document: string): readonly Block[] {
  const source = readFileSync(join(root, document), 'utf8');
  return [...source.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** A real healer with the configuration that a document shows, on a free port, without waiting for probes. */
async function healerOf(configuration: string) {
  const place = workshop({
    configuration: `server: { port: 0 }
tokens: { reporter: { environment: REPORTER }, operator: { environment: OPERATOR } }
backends: { http: { actions: { restart: { url: 'http://127.0.0.1:9/restart' } } } }
${configuration}`,
    playbook: openingPlaybook,
  });
  mkdirSync(join(place.folder, 'secrets'));
  writeFileSync(join(place.folder, 'secrets/grafana'), 'shared with Grafana\n');
  const environment = { REPORTER: tokens.reporter, OPERATOR: tokens.operator };
  const healer = await startHealer({
    configurationFile: place.configurationFile,
    environment,
    onEvent: () => {},
  });
  afterwards(() => healer.stop());
  const run = async (script: string, token: string) => {
    const bin = join(place.folder, 'bin');
    mkdirSync(bin, { recursive: true });
    const command = join(bin, 'prunella');
    const program = `--conditions=prunella-source ${join(root, 'packages/healer/src/bin.ts')}`;
    writeFileSync(command, `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`, { mode: 0o755 });
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: place.folder,
      env: {
        PATH: `${bin}:${process.env['PATH']}`,
        HEALER: healer.address ?? '',
        TOKEN: token,
        PRUNELLA_HEALER: healer.address ?? '',
        PRUNELLA_TOKEN: tokens.operator,
        GRAFANA_SECRET: 'shared with Grafana',
      },
    });
    return stdout;
  };
  return { engine: healer.engine, run };
}

describe('the commands of docs/sources.md, run as they stand there', () => {
  test('tell a healer with the configuration that stands above them', async () => {
    const blocks = blocksOf('docs/sources.md');
    const [configuration] = blocks.filter(({ text }) => /^resources:/m.test(text));
    const { run, engine } = await healerOf(configuration?.text ?? '');
    let answer = '';
    let answersCompared = 0;
    for (const { language, text } of blocks) {
      if (language === 'sh') answer = await run(text, tokens.reporter);
      if (language !== 'json') continue;
      expect(JSON.parse(answer)).toEqual(JSON.parse(text));
      answersCompared += 1;
    }
    expect(answersCompared).toBe(1);
    const told = (await engine?.log({ limit: 1_000 })) ?? [];
    const signals = told.flatMap(({ event }) => (event.type === 'signal-received' ? [event.signal] : []));
    expect(signals.map(({ type, resource, source }) => `${type} of ${resource} from ${source}`)).toEqual([
      'alert of postgres/main from monitoring',
      'com.example.database.failover of postgres/main from /cloud/eu',
      'com.example.database.down of postgres/main from /cloud/eu',
      'uptime of redis/cache from kuma',
      'alert of postgres/main from grafana',
      'person.report of postgres/main from anna',
      'person.report of postgres/main from anna',
      'backup.failed of postgres/main from backups',
    ]);
  });
});
