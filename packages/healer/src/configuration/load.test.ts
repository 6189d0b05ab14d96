import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { knownActions } from './actions.ts';
import { loadConfiguration, loadPlaybooks, loadPlaybooksOfBroken } from './load.ts';

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
  const { configuration, problems, document } = await loadConfiguration(join(folder, 'prunella.yaml'), {
    SECRET: 'x',
  });
  if (configuration === null) {
    const beside = document === null ? null : await loadPlaybooksOfBroken(document);
    return { playbooks: [], files: [], problems: [...problems, ...(beside?.problems ?? [])] };
  }
  return loadPlaybooks(configuration, knownActions(configuration), document);
}

const hooks =
  "backends: { salt: { mode: hook, url: 'http://127.0.0.1:8000', secret: { environment: SECRET } } }\n";
const step = '{ action: salt.service.restart, with: { service: redis } }';

const trusting = 'open: { confirm: none }';
const probe = 'probe: { type: tcp, port: 1 }';

describe('the playbooks of a configuration', () => {
  it('are those of its folders and files, in the order of their names', async () => {
    const resources = ['a', 'b', 'c', 'd'].map(
      (name) => `redis/${name}: { nodes: { n: { target: m, ${probe} } } }`,
    );
    await put(
      'prunella.yaml',
      `${hooks}playbooks: [books, one.yaml]\nresources: { ${resources.join(', ')} }\n`,
    );
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
    await put(
      'prunella.yaml',
      `${hooks}resources: { redis/ab: { nodes: { n: { target: m, ${probe} } } }, redis/c: {} }\n`,
    );
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
    const { problems } = await load();
    expect(problems).toMatchObject([
      { code: 'file-unreadable', file: join(folder, 'playbooks'), message: 'does not exist', line: 0 },
    ]);
  });
});

describe('a resource without a probe', () => {
  const book = (name: string, of: string, open = '{}') =>
    put(`playbooks/${name}.yaml`, `playbook: ${name}\nfor: ${of}\nopen: ${open}\nladder: [${step}]\n`);

  it('is warned of where its playbook opens only once a probe has failed', async () => {
    await put(
      'prunella.yaml',
      `${hooks}resources:
  redis/none: { nodes: { n: { target: m } } }
  redis/node: { nodes: { n: { target: m, ${probe} } } }
  redis/whole: { ${probe}, nodes: { n: { target: m } } }
  redis/trusted: { nodes: { n: { target: m } } }
`,
    );
    await book('every', 'redis/*');
    await book('trusting', 'redis/trusted', '{ confirm: none }');
    const { problems } = await load();
    expect(problems.map(({ code, severity, message }) => [code, severity, message.split(' ', 1)[0]])).toEqual(
      [
        ['no-probe', 'warning', 'redis/none'],
        ['no-node-probe', 'warning', '`every`'],
        ['no-node-probe', 'warning', '`trusting`'],
      ],
    );
  });

  it('is not warned of where a signal or a written target says which node it is', async () => {
    await put(
      'prunella.yaml',
      `${hooks}resources: { redis/a: { nodes: { n: { target: m } } }, redis/b: { nodes: { n: { target: m } } } }\n`,
    );
    await book('signalled', 'redis/a', '{ confirm: none, signals: [process.exit] }');
    const wide = step.replace('redis } }', "redis }, target: 'db*' }");
    await put('playbooks/wide.yaml', `playbook: wide\nfor: redis/b\n${trusting}\nladder: [${wide}]\n`);
    expect((await load()).problems.map(({ code }) => code).filter((code) => code.startsWith('no-'))).toEqual(
      [],
    );
  });
});

const services = 'backends: { process: { services: { postgres: { command: [postgres] } } } }\n';
const restart = (more = '') => `ladder: [{ action: process.restart${more} }]\n`;

describe('what would repair nothing', () => {
  it('is a playbook for no declared resource: which one was meant', async () => {
    await put(
      'prunella.yaml',
      `${services}resources: { postgres/main: { nodes: { n: { target: postgres, ${probe} } } } }\n`,
    );
    await put('playbooks/a.yaml', `playbook: typo\nfor: postgres/mian\n${restart()}`);
    await put('playbooks/b.yaml', `playbook: kind\nfor: postgras/*\n${restart()}`);
    await put('playbooks/c.yaml', `playbook: other\nfor: redis/*\n${restart()}`);
    const { problems } = await load();
    expect(problems).toMatchObject([
      {
        code: 'playbook-matches-nothing',
        severity: 'warning',
        suggestion: 'did you mean `for: postgres/main`?',
      },
      { code: 'playbook-matches-nothing', suggestion: 'did you mean `for: postgres/*`?' },
      { code: 'playbook-matches-nothing', suggestion: expect.stringMatching(/^declare it/) },
      { code: 'resource-without-playbook', file: join(folder, 'prunella.yaml'), line: 2, column: 14 },
    ]);
  });

  it('is not a playbook that needs no declared resource', async () => {
    await put('prunella.yaml', services);
    await put(
      'playbooks/a.yaml',
      `playbook: wide\nfor: redis/*\n${trusting}\n${restart(', target: postgres')}`,
    );
    expect((await load()).problems.map(({ code }) => code)).toEqual(['target-wider-than-failing']);
  });

  it('is a resource without a playbook, unless a playbook could not be read', async () => {
    await put('prunella.yaml', `${services}resources: { postgres/main: {} }\n`);
    await put('playbooks/a.yaml', '# out of force for a while\n');
    expect((await load()).problems.map(({ code }) => code)).toEqual([
      'no-playbook',
      'resource-without-playbook',
    ]);
    await put('playbooks/a.yaml', '');
    expect((await load()).problems).toMatchObject([{ code: 'no-playbook', severity: 'error' }]);
    await put('playbooks/a.yaml', `playbook: main\nfor: postgres/main\nlader: []\n${restart()}`);
    expect((await load()).problems.map(({ code }) => code)).toEqual(['unknown-key']);
  });

  it('is a target that is no service of the process backend: an error where it stands', async () => {
    await put(
      'prunella.yaml',
      `${services}resources:
  postgres/main: { nodes: { n: { target: postgers, ${probe} } } }
`,
    );
    await put('playbooks/a.yaml', `playbook: main\nfor: postgres/main\n${restart()}`);
    expect((await load()).problems).toMatchObject([
      {
        code: 'unknown-service',
        severity: 'error',
        file: join(folder, 'prunella.yaml'),
        line: 3,
        suggestion: 'did you mean `postgres`?',
      },
    ]);
    await put('playbooks/a.yaml', `playbook: main\nfor: postgres/main\n${restart(', target: postgers')}`);
    expect((await load()).problems.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'unknown-service', line: 3, suggestion: 'did you mean `postgres`?' },
    ]);
  });
});

describe('problems of the configuration and of its playbooks', () => {
  it('are told together, as long as the place of the playbooks can be read', async () => {
    await put('prunella.yaml', `${hooks}resorces: {}\nplaybooks: [books, none.yaml]\n`);
    await put('books/a.yaml', 'playbook: a\nfor: redis/a\nladder: [{ action: salt.service.restrat }]\n');
    const { problems } = await load();
    expect(problems.map(({ code, file }) => [code, file.slice(folder.length)])).toEqual([
      ['unknown-key', '/prunella.yaml'],
      ['file-unreadable', '/none.yaml'],
      ['unknown-action', '/books/a.yaml'],
    ]);
  });

  it('are those of the configuration where that place cannot be read', async () => {
    await put('prunella.yaml', `${hooks}playbooks: 7\n`);
    expect((await load()).problems).toMatchObject([{ code: 'wrong-type' }]);
  });
});

describe('a configuration that is not there', () => {
  it('is a problem like any other', async () => {
    expect((await load()).problems).toMatchObject([{ code: 'file-unreadable', severity: 'error' }]);
  });
});

describe('a file without an end', () => {
  it('is refused unread, as the configuration and as a playbook of a folder', async () => {
    await mkdir(join(folder, 'playbooks', 'folder.yaml'), { recursive: true });
    await symlink('/dev/zero', join(folder, 'playbooks', 'endless.yaml'));
    await put('prunella.yaml', 'resources: {}\n');
    expect((await load()).problems).toMatchObject([
      { code: 'file-unreadable', message: 'is no regular file, and only such are read' },
      { code: 'file-unreadable', message: 'is a folder, not a file' },
    ]);
    await rm(join(folder, 'prunella.yaml'));
    await symlink('/dev/zero', join(folder, 'prunella.yaml'));
    expect((await load()).problems).toMatchObject([
      { code: 'file-unreadable', message: 'is no regular file, and only such are read' },
    ]);
  });

  it('is refused where it is longer than any text here may be', async () => {
    await put('prunella.yaml', '');
    await truncate(join(folder, 'prunella.yaml'), 2 ** 40);
    expect((await load()).problems).toMatchObject([
      { code: 'file-unreadable', message: 'is longer than 8 MiB' },
    ]);
  });
});

describe('the file of a secret', () => {
  it('is missed where it is not there, with a warning since the healer may run elsewhere', async () => {
    const text = 'tokens: { operator: { file: secrets/operator }, reporter: { file: secrets/reporter } }\n';
    await put('prunella.yaml', text);
    await put('secrets/reporter', 'x');
    const { configuration, problems } = await loadConfiguration(join(folder, 'prunella.yaml'), {});
    expect(configuration).not.toBeNull();
    expect(problems).toMatchObject([
      { code: 'secret-file-missing', severity: 'warning', line: 1, column: 29 },
    ]);
  });
});
