import { describe, expect, it } from 'vitest';
import { parsePlaybook, readPlaybooks } from './parse.ts';
import type { Playbook } from './playbook.ts';

const base = `playbook: database
template: true
open: { after: 30s, quorum: { hosts: 1 } }
limits: { attemptsPerDay: 6 }
ladder:
  - { id: apply, action: salt.state.apply, with: { states: [base] }, window: 3m }
  - { id: restart, action: salt.service.restart, with: { service: none }, after: 10m }
`;

function only(text: string): Playbook {
  const { playbooks, problems } = parsePlaybook(text, 'some.yaml');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(playbooks).toHaveLength(1);
  const [playbook] = playbooks;
  if (playbook === undefined) throw new Error('no playbook was read');
  return playbook;
}

function problemsOf(text: string) {
  return parsePlaybook(text, 'some.yaml').problems.map(
    ({ code, line, column, text: offending, suggestion }) => [
      code,
      `${line}:${column}`,
      offending,
      suggestion,
    ],
  );
}

describe('a playbook that extends another', () => {
  it('takes over what it leaves out', () => {
    const playbook = only(`${base}---\nplaybook: postgres\nfor: postgres/*\nextends: database\n`);
    expect(playbook).toMatchObject({ name: 'postgres', for: 'postgres/*', limits: { attemptsPerDay: 6 } });
    expect(playbook.open).toMatchObject({ afterMs: 30_000, quorum: { hosts: 1, hostsWritten: true } });
    expect(playbook.ladder.map(({ id }) => id)).toEqual(['apply', 'restart']);
  });

  it('merges maps key by key', () => {
    const own = 'open: { quorum: { share: 0.9 } }\nlimits: { relapse: 1m }';
    const playbook = only(`${base}---\nplaybook: postgres\nfor: postgres/*\nextends: database\n${own}\n`);
    expect(playbook.open).toMatchObject({ afterMs: 30_000, quorum: { share: 0.9, hosts: 1 } });
    expect(playbook.limits).toMatchObject({ attemptsPerDay: 6, relapseMs: 60_000 });
  });

  it('has its own ladder where it writes one; a step with a known id is laid over that step', () => {
    const own = `ladder:
  - { id: restart, with: { service: postgresql }, after: 5m }
  - { id: more, action: salt.state.highstate, after: 20m }`;
    const playbook = only(`${base}---\nplaybook: postgres\nfor: postgres/*\nextends: database\n${own}\n`);
    expect(playbook.ladder).toMatchObject([
      {
        id: 'restart',
        action: 'salt.service.restart',
        arguments: { service: 'postgresql' },
        afterMs: 300_000,
        line: 13,
      },
      { id: 'more', action: 'salt.state.highstate' },
    ]);
  });

  it('may extend one of another file, and one that extends another', () => {
    const { placed, problems } = readPlaybooks([
      {
        file: 'a.yaml',
        text: 'playbook: main\nfor: postgres/main\nextends: postgres\nlimits: { relapse: 2m }\n',
      },
      {
        file: 'b.yaml',
        text: 'playbook: postgres\nfor: postgres/*\nextends: database\nlimits: { approval: 1m }\n',
      },
      { file: 'c.yaml', text: base },
    ]);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(placed.map(({ file, playbook }) => [file, playbook.name, playbook.for])).toEqual([
      ['a.yaml', 'main', 'postgres/main'],
      ['b.yaml', 'postgres', 'postgres/*'],
    ]);
    expect(placed[0]?.playbook.limits).toMatchObject({
      attemptsPerDay: 6,
      approvalMs: 60_000,
      relapseMs: 120_000,
    });
  });

  it('is told of mistakes where they stand: its own in its text, those taken over in the other', () => {
    const child = '---\nplaybook: postgres\nfor: postgres/*\nextends: database\n';
    expect(problemsOf(`${base}${child}ladder: [{ id: apply, soak: 5m }]\n`)).toEqual([
      ['window-shorter-than-soak', '6:78', '3m', expect.any(String)],
    ]);
    expect(problemsOf(`${base}${child}ladder: [{ id: restart, soak: 5m }]\n`)).toEqual([
      ['window-shorter-than-soak', '12:10', '', expect.any(String)],
    ]);
  });

  it.each([
    [
      'a name that nobody has',
      'extends: databse',
      ['extends-unknown', '11:10', 'databse', 'did you mean `database`?'],
    ],
    [
      'itself',
      'extends: postgres',
      ['extends-cycle', '11:10', 'postgres', 'take `extends` out of one of them'],
    ],
  ])('cannot extend %s', (_, line, problem) => {
    expect(problemsOf(`${base}---\nplaybook: postgres\nfor: postgres/*\n${line}\n`)).toEqual([problem]);
  });

  it('is refused in a circle, and what extends the circle with it', () => {
    const texts = ['a', 'b', 'c'].map(
      (name, index) => `playbook: ${name}\nfor: x/${name}\nextends: ${['b', 'a', 'a'][index]}\n`,
    );
    const codes = problemsOf(texts.join('---\n')).map(([code]) => code);
    expect(codes).toEqual(['extends-cycle', 'extends-cycle', 'extends-broken']);
  });

  it('is refused above eight others', () => {
    const texts = Array.from({ length: 12 }, (_, index) =>
      index === 0
        ? base
        : `playbook: p${index}\nfor: x/p${index}\nextends: ${index === 1 ? 'database' : `p${index - 1}`}\n`,
    );
    const { placed, problems } = readPlaybooks([{ file: 'some.yaml', text: texts.join('---\n') }]);
    expect(placed.map(({ playbook }) => playbook.name)).toEqual([
      'p1',
      'p2',
      'p3',
      'p4',
      'p5',
      'p6',
      'p7',
      'p8',
    ]);
    expect(problems.map(({ code }) => code)).toEqual([
      'extends-too-long',
      'extends-too-long',
      'extends-too-long',
    ]);
  });

  it('has an action for each step in the end', () => {
    const own = 'ladder: [{ id: restart }, { id: other }]';
    expect(
      problemsOf(`${base}---\nplaybook: postgres\nfor: postgres/*\nextends: database\n${own}\n`),
    ).toEqual([['missing', expect.any(String), '', null]]);
  });
});

describe('a template', () => {
  it('heals nothing itself', () => {
    expect(parsePlaybook(base, 'some.yaml')).toEqual({ playbooks: [], problems: [] });
    expect(problemsOf(base.replace('template: true', 'template: true\nfor: a/b'))).toEqual([
      ['template-with-for', '3:6', 'a/b', 'leave `for` out, or `template`'],
    ]);
  });

  it('is the only one that may leave `for` out', () => {
    expect(problemsOf(base.replace('template: true\n', ''))).toEqual([['missing', '1:1', '', null]]);
  });
});
