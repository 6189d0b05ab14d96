import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { knownActions } from './actions.ts';
import { loadConfiguration, loadPlaybooks } from './load.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-load-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function load() {
  const { configuration, problems } = await loadConfiguration(join(folder, 'prunella.yaml'), { SECRET: 'x' });
  if (configuration === null) return { playbooks: [], problems, files: [] };
  return loadPlaybooks(configuration, knownActions(configuration));
}

const hooks =
  "backends: { salt: { mode: hook, url: 'http://127.0.0.1:8000', secret: { environment: SECRET } } }\n";
const step = '{ action: salt.service.restart, with: { service: redis } }';

const trusting = 'open: { confirm: none }';

describe('the playbooks of a configuration', () => {
  it('are those of its folders and files, in the order of their names', async () => {
    await put('prunella.yaml', `${hooks}playbooks: [books, one.yaml]\n`);
    await put('books/b.yml', `playbook: b\nfor: redis/b\n${trusting}\nladder: [${step}]\n`);
    await put('books/a.yaml', `playbook: a\nfor: redis/a\n${trusting}\nladder: [${step}]\n`);
    await put('books/notes.txt', 'not a playbook');
    await put(
      'one.yaml',
      `playbook: c\nfor: redis/c\n${trusting}\nladder: [${step}]\n---\nplaybook: d\nfor: redis/d\n${trusting}\nladder: [${step}]\n`,
    );
    const { playbooks, problems } = await load();
    expect(problems).toEqual([]);
    expect(playbooks.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are checked together and with what the configuration says', async () => {
    await put('prunella.yaml', `${hooks}resources: { redis/ab: { nodes: { n: { target: m } } } }\n`);
    await put('playbooks/one.yaml', `playbook: one\nfor: redis/a*\n${trusting}\nladder: [${step}]\n`);
    await put(
      'playbooks/two.yaml',
      "playbook: two\nfor: redis/*b\nladder: [{ action: process.start, target: 'db*' }]\n",
    );
    await put(
      'playbooks/wide.yaml',
      "playbook: wide\nfor: redis/c\nopen: { confirm: none }\nladder: [{ action: salt.state.highstate, target: 'db*' }]\n",
    );
    const { problems } = await load();
    expect(problems.map(({ code, file }) => [code, file.slice(folder.length)])).toEqual([
      ['unknown-action', '/playbooks/two.yaml'],
      ['target-not-resolved', '/playbooks/wide.yaml'],
    ]);
  });

  it('are refused for arguments that their backend would refuse', async () => {
    await put('prunella.yaml', hooks);
    const names = ['restart', 'restart, with: { service: a, force: yes }', 'restart, with: { service: [a] }'];
    const texts = names.map(
      (text, index) =>
        `playbook: p${index}\nfor: redis/r${index}\nladder: [{ action: salt.service.${text} }]\n`,
    );
    await put('playbooks/all.yaml', texts.join('---\n'));
    const { problems } = await load();
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ['wrong-arguments', 3],
      ['wrong-arguments', 7],
      ['wrong-arguments', 11],
    ]);
  });

  it('are refused for what the hooks cannot do, which the API could', async () => {
    await put('prunella.yaml', hooks);
    await put(
      'playbooks/one.yaml',
      'playbook: one\nfor: redis/a\nladder: [{ action: salt.state.apply, with: { states: a } }]\n',
    );
    expect((await load()).problems).toMatchObject([{ code: 'unknown-action' }]);
  });

  it('that tie for a resource are refused', async () => {
    await put('prunella.yaml', `${hooks}resources: { redis/ab: { nodes: { n: { target: m } } } }\n`);
    await put('playbooks/one.yaml', `playbook: one\nfor: redis/a*\nladder: [${step}]\n`);
    await put('playbooks/two.yaml', `playbook: two\nfor: redis/*b\nladder: [${step}]\n`);
    expect((await load()).problems).toMatchObject([{ code: 'playbook-tie', severity: 'error' }]);
  });

  it('that are not there are a problem that names the path', async () => {
    await put('prunella.yaml', hooks);
    expect((await load()).problems).toMatchObject([
      { code: 'file-unreadable', file: join(folder, 'playbooks'), message: 'cannot be read (ENOENT)' },
    ]);
  });
});

describe('a resource without a probe', () => {
  const book = (name: string, of: string, open = '{}') =>
    put(`playbooks/${name}.yaml`, `playbook: ${name}\nfor: ${of}\nopen: ${open}\nladder: [${step}]\n`);

  it('is warned of where its playbook opens only once a probe has failed', async () => {
    const probe = 'probe: { type: tcp, host: 127.0.0.1, port: 1 }';
    await put(
      'prunella.yaml',
      `${hooks}resources:
  redis/none: { nodes: { n: { target: m } } }
  redis/node: { nodes: { n: { target: m, ${probe} } } }
  redis/whole: { ${probe}, nodes: { n: { target: m } } }
`,
    );
    await book('every', 'redis/*');
    await book('undeclared', 'postgres/main');
    await book('trusting', 'postgres/other', '{ confirm: none }');
    const { problems } = await load();
    expect(problems.map(({ code, severity, message }) => [code, severity, message.split(' ', 1)[0]])).toEqual(
      [
        ['no-probe', 'warning', 'redis/none'],
        ['no-probe', 'warning', 'postgres/main'],
      ],
    );
  });
});

describe('a configuration that is not there', () => {
  it('is a problem like any other', async () => {
    expect((await load()).problems).toMatchObject([{ code: 'file-unreadable', severity: 'error' }]);
  });
});
