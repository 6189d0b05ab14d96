import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import type { EmbeddedEngine } from '../../src/engine/embedded-engine.ts';
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
async function healerOf(configuration: string, playbook: string) {
  const place = workshop({
    configuration: `server: { port: 0 }
tokens: { reporter: { environment: REPORTER }, operator: { environment: OPERATOR } }
backends: { http: { actions: { restart: { url: 'http://127.0.0.1:9/restart' } } } }
${configuration}`,
    playbook,
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

/** Runs every command of a document in order, and compares what it answers with what stands there. */
async function runDocument(
  document: string,
  playbook: string,
  afterEach: (engine: EmbeddedEngine) => Promise<void> = async () => {},
) {
  const blocks = blocksOf(document);
  const [configuration] = blocks.filter(({ text }) => /^resources:/m.test(text));
  const { run, engine } = await healerOf(configuration?.text ?? '', playbook);
  if (engine === undefined) throw new Error('it does not heal');
  let answer = '';
  let answersCompared = 0;
  for (const { language, text } of blocks) {
    if (language === 'sh') {
      answer = await run(text, tokens.reporter);
      await afterEach(engine);
    }
    if (language !== 'json') continue;
    expect(JSON.parse(answer)).toEqual(JSON.parse(text));
    answersCompared += 1;
  }
  return { engine, answersCompared };
}

describe('the commands of a document, run as they stand there', () => {
  test('docs/sources.md: signals to a healer with the configuration that stands above them', async () => {
    const { engine, answersCompared } = await runDocument('docs/sources.md', openingPlaybook);
    expect(answersCompared).toBe(1);
    const told = await engine.log({ limit: 1_000 });
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

  test('docs/report-protocol.md: reports of one instance, from well to sick to its goodbye', async () => {
    // After each command, what is known of the observers; the third report is refused, and the newer one counts.
    const expected = [
      { ok: 1, down: 0 },
      { ok: 0, down: 1 },
      { ok: 0, down: 1 },
      { ok: 0, down: 1 },
      { ok: 0, down: 0 },
    ];
    const { answersCompared } = await runDocument(
      'docs/report-protocol.md',
      openingPlaybook,
      async (engine) => {
        const wanted = expected.shift();
        await waitFor(
          () => {
            const { ok, down } =
              engine.resource('postgres/main', { after: null, limit: 10 })?.observers ?? {};
            return ok === wanted?.ok && down === wanted?.down;
          },
          { what: `the observers to be ${JSON.stringify(wanted)}` },
        );
      },
    );
    expect({ answersCompared, expected }).toEqual({ answersCompared: 2, expected: [] });
  });
});
