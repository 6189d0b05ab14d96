import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { afterwards, workshop } from './workshop.ts';

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));
const packages = fileURLToPath(new URL('../../../', import.meta.url));

const playbook = `
playbook: demo
for: tcp/*
ladder:
  - action: salt.service.restart
    with: { service: echo }
    after: 5m
`;

/** One backend and one probe, of the several kinds that there are. */
const configuration = `
server: { port: 0 }
resources:
  tcp/echo:
    nodes:
      one: { target: one, probe: { type: tcp, port: 9 } }
backends:
  salt: { mode: api, url: 'http://127.0.0.1:9', username: healer, password: { environment: SALT }, watch: false }
`;

/** Libraries that every healer holds; whatever else it comes to need is loaded by the part that needs it. */
const heldByAll = ['@marcbachmann/cel-js', 'commander', 'fastify', 'yaml', 'zod'];

/** Writes at the end which files were loaded, and which parts of Node. */
const listing = `data:text/javascript,${encodeURIComponent(`
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
process.on('exit', () => writeFileSync('loaded.json', JSON.stringify([...loaded, ...process.moduleLoadList])));
`)}`;

async function loadedBy(folder: string): Promise<readonly string[]> {
  const { PATH = '' } = process.env;
  const child = spawn(
    process.execPath,
    ['--conditions=prunella-source', '--import', listing, bin, 'up', '--json'],
    { cwd: folder, env: { PATH, SALT: 'secret' }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close');
  afterwards(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  return JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8'));
}

describe('prunella up', () => {
  test('loads no command but its own, and no library for what is not configured', async () => {
    const { folder } = workshop({ configuration, playbook });
    const loaded = await loadedBy(folder);
    const some = (pattern: RegExp) => loaded.filter((name) => pattern.test(name));
    expect(some(/\/commands\/up\.ts$/)).toHaveLength(1);
    expect(some(/\/node_modules\/fastify\//)).not.toEqual([]);
    expect(some(/\/commands\/(?:doctor|simulate|backtest)\.ts$/)).toEqual([]);
    expect(some(/\/node_modules\/(?:pg|ajv|ioredis|@fastify\/ajv-compiler)\//)).toEqual([]);
    expect(some(/^NativeModule http$|^NativeModule _http_server$/)).not.toEqual([]);
    expect(some(/undici/)).toEqual([]);
  });

  test('holds of the libraries that the packages name only those that every healer needs', async () => {
    const { folder } = workshop({ configuration, playbook });
    const loaded = await loadedBy(folder);
    const isLoaded = (name: string) => loaded.some((url) => url.includes(`/node_modules/${name}/`));
    expect(libraries().filter(isLoaded).sort()).toEqual(heldByAll);
  });

  test('is of sources with a byte a character: V8 holds a file with any other in twice the memory', async () => {
    const { folder } = workshop({ configuration, playbook });
    const files = (await loadedBy(folder)).filter((url) => /^file:.*\/src\/[^?]*\.ts$/.test(url));
    const wide = files.flatMap((file) =>
      readFileSync(fileURLToPath(file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          [...line].some((character) => character > '\u00ff')
            ? [`${file.replace(/^.*\/packages\//, '')}:${index + 1}: ${line.trim()}`]
            : [],
        ),
    );
    expect(files.length).toBeGreaterThan(100);
    expect(wide, 'write such a character as \\u2026, and three dots in a comment').toEqual([]);
  });
});

describe('what runs often', () => {
  const many = Array.from(
    { length: 200 },
    (_, number) => `  tcp/echo${number}: { nodes: { one: { target: one } } }\n`,
  );
  const larger = configuration.replace('resources:\n', `resources:\n${many.join('')}`);
  const optimisedBy = async (...options: readonly string[]) => {
    const { folder } = workshop({ configuration: larger, playbook });
    const { PATH = '' } = process.env;
    const child = spawn(
      process.execPath,
      ['--conditions=prunella-source', '--trace-opt', ...options, bin, 'up', '--json'],
      { cwd: folder, env: { PATH, SALT: 'secret' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(child, 'close');
    afterwards(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    // V8 writes what it traces when it ends, or in between, also in the middle of a line.
    let written = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      written += text;
      if (written.includes('"ready":true')) child.kill('SIGTERM');
    }
    return written.match(/\[completed optimizing/g)?.length ?? 0;
  };

  test('in a start alone is not optimised, for which V8 would keep memory, but where whoever starts it says so', async () => {
    const [optimised, asWanted] = [await optimisedBy(), await optimisedBy('--opt')];
    expect(asWanted).toBeGreaterThan(5);
    // From the moment that it answers it may.
    expect(optimised).toBeLessThan(asWanted / 3);
  });

  const optimisedWhen = (...options: readonly string[]) => {
    const optimising = fileURLToPath(new URL('../../src/commands/optimising.ts', import.meta.url));
    const program = `
      import { resumeOptimising, stopOptimising } from ${JSON.stringify(optimising)};
      const isOptimised = new Function('each', 'return (%GetOptimizationStatus(each) & 16) !== 0');
      const double = new Function('number', 'return number * 2');
      const runOften = async () => {
        for (let times = 0; times < 200 && !isOptimised(double); times += 1) {
          for (let number = 0; number < 10_000; number += 1) double(number);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return isOptimised(double);
      };
      stopOptimising();
      const meanwhile = await runOften();
      resumeOptimising();
      console.log(JSON.stringify({ meanwhile, afterwards: await runOften() }));
    `;
    const { stdout } = spawnSync(
      process.execPath,
      [...options, '--allow-natives-syntax', '--input-type=module', '--eval', program],
      { encoding: 'utf8' },
    );
    return JSON.parse(stdout);
  };

  test('afterwards is optimised as ever', () => {
    expect(optimisedWhen()).toEqual({ meanwhile: false, afterwards: true });
  });

  // V8 takes its options with hyphens, with underscores and with neither.
  test.each(['-', '_', ''])(
    'afterwards is not optimised where whoever starts it says so, as --no%sopt',
    (mark) => {
      const options = [`--no${mark}opt`, `--no${mark}maglev`];
      expect(optimisedWhen(...options)).toEqual({ meanwhile: false, afterwards: false });
    },
  );
});

/** Of third parties, by the manifests of what is published. */
function libraries(): readonly string[] {
  const named = ['protocol', 'core', 'guard', 'healer'].flatMap((room) => {
    const manifest = JSON.parse(readFileSync(join(packages, room, 'package.json'), 'utf8'));
    return Object.keys(manifest.dependencies ?? {});
  });
  return [...new Set(named)].filter((name) => !name.startsWith('@prunella/'));
}
