import { describe, expect, it } from 'vitest';
import type { ProblemText } from '../document/source-document.ts';
import { type Path, pathName } from '../document/value-path.ts';
import { checkPlaybooks } from './check-playbooks.ts';
import { matchesPattern, playbookFor } from './match.ts';
import { parsePlaybook, readPlaybooks } from './parse.ts';
import type { PlacedPlaybook } from './placed.ts';
import type { Playbook } from './playbook.ts';

function playbook(pattern: string, name = pattern.replaceAll(/[^a-z]/g, 'x'), step = 'a.b'): Playbook {
  const text = `playbook: ${name}\nfor: '${pattern}'\nladder: [{ action: ${step} }]\n`;
  const [parsed] = parsePlaybook(text, `${name}.yaml`).playbooks;
  if (parsed === undefined) throw new Error(`${pattern} was not read`);
  return parsed;
}

/** Playbooks that were made, not read: the place of a problem is its path. */
function placed(playbooks: readonly Playbook[]): readonly PlacedPlaybook[] {
  return playbooks.map((one) => {
    const file = `${one.name}.yaml`;
    const problemAt = (path: Path, { severity = 'error', suggestion = null, ...said }: ProblemText) => ({
      severity,
      suggestion,
      file,
      line: 1,
      column: 1,
      text: pathName(path),
      ...said,
    });
    return { playbook: one, file, document: { problemAt } };
  });
}

const bare = { nodes: [{ name: 'db1', target: 'minion1' }], labels: {} };

describe('the playbook of a resource', () => {
  it('is the most specific match, in whatever order they come', () => {
    const all = ['*', 'rethinkdb/*', 'rethinkdb/ma*', 'rethinkdb/main', 'redis/*'].map((one) =>
      playbook(one),
    );
    for (const playbooks of [all, all.toReversed()]) {
      expect(playbookFor('rethinkdb/main', playbooks)?.for).toBe('rethinkdb/main');
      expect(playbookFor('rethinkdb/march', playbooks)?.for).toBe('rethinkdb/ma*');
      expect(playbookFor('rethinkdb/other', playbooks)?.for).toBe('rethinkdb/*');
      expect(playbookFor('postgres/main', playbooks)?.for).toBe('*');
    }
  });

  it('is the exact name rather than a pattern as long', () => {
    expect(playbookFor('redis/a', [playbook('redis/a*'), playbook('redis/a')])?.for).toBe('redis/a');
  });

  it('is none where none matches, and never a guess between two', () => {
    expect(playbookFor('redis/a', [playbook('postgres/*')])).toBeUndefined();
    expect(
      playbookFor('redis/ab', [playbook('redis/a*', 'one'), playbook('redis/*b', 'two')]),
    ).toBeUndefined();
  });
});

describe('a pattern', () => {
  it.each([
    ['*', 'redis/cache', true],
    ['redis/*', 'redis/', true],
    ['r*/c*e', 'redis/cache', true],
    ['r*/c*x', 'redis/cache', false],
    ['redis/cache', 'redis/cache2', false],
    ['*cache', 'redis/cachecache', true],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  it('is tried in bounded time', () => {
    expect(matchesPattern(`${'*a'.repeat(100)}b`, 'a'.repeat(200))).toBe(false);
  });
});

describe('playbooks taken together', () => {
  it('are refused where two match a resource equally well, naming both and the way out', () => {
    const problems = checkPlaybooks(placed([playbook('redis/a*', 'one'), playbook('redis/*b', 'two')]), [
      { resource: 'redis/ab', ...bare },
      { resource: 'redis/ac', ...bare },
    ]);
    expect(problems).toMatchObject([
      { code: 'playbook-tie', severity: 'error', suggestion: expect.stringContaining('for: redis/ab') },
    ]);
    expect(problems[0]?.message).toContain('`redis/a*` and `redis/*b`');
  });

  it('are refused with one pattern twice, or one name twice', () => {
    const codes = checkPlaybooks(placed([playbook('redis/*', 'one'), playbook('redis/*', 'one')]), []).map(
      ({ code }) => code,
    );
    expect(codes).toEqual(['playbook-name-repeated', 'playbook-for-repeated']);
  });

  it('are warned of where a step could touch nothing', () => {
    const unmapped = { resource: 'redis/a', nodes: [{ name: 'db1' }], labels: {} };
    expect(checkPlaybooks(placed([playbook('redis/*')]), [unmapped])).toMatchObject([
      { code: 'no-node-targets', severity: 'warning', text: 'ladder[0].target' },
    ]);
  });

  const dependent = (name: string, resource: string, dependsOn: readonly string[]): Playbook => ({
    ...playbook(resource, name),
    dependsOn,
  });
  const declared = ['a/one', 'a/two', 'a/three'].map((resource) => ({ resource, ...bare }));

  it('are refused where they depend on one another in a circle', () => {
    const circle = [
      dependent('one', 'a/one', ['a/two']),
      dependent('two', 'a/two', ['a/three']),
      dependent('three', 'a/three', ['a/one']),
    ];
    const [problem, ...others] = checkPlaybooks(placed(circle), declared);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'depends-on-cycle', severity: 'error' });
    expect(problem?.message).toContain('a/one, a/three, a/two depend on one another');
    expect(checkPlaybooks(placed(circle.slice(0, 2)), declared)).toEqual([]);
    // Nor need the resources be declared for that.
    expect(checkPlaybooks(placed(circle), [])).toMatchObject([{ code: 'depends-on-cycle' }]);
    expect(checkPlaybooks(placed(circle.slice(0, 2)), [])).toEqual([]);
  });

  it('may be for many resources that need one of them', () => {
    expect(checkPlaybooks(placed([dependent('all', 'a/*', ['a/one'])]), declared)).toEqual([]);
    const codes = checkPlaybooks(placed([dependent('all', 'a/*', ['a/one', 'a/two'])]), declared);
    expect(codes.map(({ code }) => code)).toEqual(['depends-on-cycle']);
  });

  it('are refused where they depend on what nobody declared', () => {
    expect(checkPlaybooks(placed([dependent('one', 'a/one', ['a/tow'])]), declared)).toMatchObject([
      {
        code: 'depends-on-unknown',
        severity: 'error',
        text: 'dependsOn[0]',
        suggestion: 'did you mean `a/two`?',
      },
    ]);
  });

  it('are refused where an argument asks for a label that a resource does not have', () => {
    const asking = playbook('a/*', 'asking');
    const [step] = asking.ladder;
    const labelled: Playbook = {
      ...asking,
      ladder: [{ ...step, arguments: { service: '{{ labels.service }}' } }],
    };
    const facts = (labels: Readonly<Record<string, string>>) => [{ resource: 'a/one', ...bare, labels }];
    expect(checkPlaybooks(placed([labelled]), facts({ servcie: 'x' }))).toMatchObject([
      { code: 'label-missing', severity: 'error', suggestion: 'did you mean `labels.servcie`?' },
    ]);
    expect(checkPlaybooks(placed([labelled]), facts({ service: 'x' }))).toEqual([]);
  });

  it('are warned of overrides whose labels nobody has', () => {
    const overridden: Playbook = {
      ...playbook('a/*', 'over'),
      overrides: [
        { labels: { tier: ['gold'] }, open: {}, limits: {}, steps: {} },
        { labels: { teir: ['gold'] }, open: {}, limits: {}, steps: {} },
      ],
    };
    const facts = [{ resource: 'a/one', ...bare, labels: { tier: 'gold' } }];
    expect(checkPlaybooks(placed([overridden]), facts)).toMatchObject([
      { code: 'override-for-nobody', severity: 'warning', text: 'overrides[1].labels' },
    ]);
    expect(checkPlaybooks(placed([overridden]), [])).toEqual([]);
  });

  it('are fine where each resource has one', () => {
    expect(
      checkPlaybooks(placed([playbook('redis/*'), playbook('redis/a')]), [{ resource: 'redis/a', ...bare }]),
    ).toEqual([]);
  });

  it('are told of at the place where each was written', () => {
    const base =
      'playbook: base\ntemplate: true\nladder:\n  - { action: a.restart, with: { of: "{{ labels.x }}" } }\n';
    const text = `playbook: one
extends: base
for: redis/*
dependsOn: [disk/a,
  disk/b]
overrides:
  - labels: { tier: gold }
---
playbook: two
for:   redis/*
ladder: [{ action: a.restart }]
`;
    const { placed: read } = readPlaybooks([
      { file: 'base.yaml', text: base },
      { file: 'some.yaml', text },
    ]);
    const declared = ['redis/a', 'disk/a'].map((resource) => ({ resource, ...bare }));
    const found = checkPlaybooks(read, declared).map(({ code, file, line, column, text: offending }) => [
      code,
      `${file}:${line}:${column}`,
      offending,
    ]);
    expect(found).toEqual([
      ['playbook-for-repeated', 'some.yaml:10:8', 'redis/*'],
      ['label-missing', 'base.yaml:4:32', expect.stringContaining('labels.x')],
      ['override-for-nobody', 'some.yaml:7:13', '{ tier: gold }'],
      ['depends-on-unknown', 'some.yaml:5:3', 'disk/b'],
    ]);
  });
});
