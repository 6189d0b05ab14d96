import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ActionFacts } from '../decide/input.ts';
import { renderProblem } from '../document/problem.ts';
import { playbookJsonSchema } from './json-schema.ts';
import { parsePlaybook } from './parse.ts';
import type { Playbook } from './playbook.ts';

const actions: ReadonlyMap<string, ActionFacts> = new Map(
  [
    { action: 'salt.state.highstate', effect: 'repairs', highestAutonomy: 'auto' } as const,
    { action: 'salt.service.restart', effect: 'disrupts', highestAutonomy: 'auto' } as const,
    { action: 'salt.runner', effect: 'disrupts', highestAutonomy: 'ask' } as const,
    { action: 'process.start', effect: 'repairs', highestAutonomy: 'auto' } as const,
  ].map((facts) => [facts.action, facts]),
);

const articleFile = new URL('../../../../examples/playbooks/rethinkdb.yaml', import.meta.url);

function only(text: string): Playbook {
  const { playbooks, problems } = parsePlaybook(text, 'some.yaml', { actions });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [playbook, ...others] = playbooks;
  expect(others).toEqual([]);
  if (playbook === undefined) throw new Error('no playbook was read');
  return playbook;
}

function problemsOf(text: string | Uint8Array) {
  return parsePlaybook(text, 'some.yaml', { actions }).problems;
}

const minimal = 'playbook: some\nfor: redis/cache\nladder: [{ action: salt.service.restart }]\n';

describe("the article's playbook", () => {
  const text = readFileSync(articleFile, 'utf8');

  it('is 15 lines or fewer', () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  });

  it("has the article's times: highstate at 5 minutes and each 5, restart at 10 and each 10", () => {
    const { ladder, ...playbook } = only(text);
    expect(playbook).toMatchObject({ name: 'rethinkdb', for: 'rethinkdb/*' });
    expect(playbook.open.quorum).toEqual({ share: 0.5, hosts: 1, hostsWritten: true });
    const verify = { windowMs: 120_000, soakMs: 30_000, cohortShare: 0.8 };
    const target = { select: 'expression', expression: 'db*', matcher: 'glob' };
    const common = { autonomy: 'auto', deadlineMs: 90_000, verify, target };
    expect(ladder).toMatchObject([
      { action: 'salt.state.highstate', effect: 'repairs', afterMs: 300_000, everyMs: 300_000, ...common },
      {
        action: 'salt.service.restart',
        effect: 'disrupts',
        arguments: { service: 'rethinkdb' },
        afterMs: 600_000,
        everyMs: 600_000,
        ...common,
      },
    ]);
  });

  it('is warned of only for the restart of healthy nodes', () => {
    expect(problemsOf(text).map(({ code, severity }) => [code, severity])).toEqual([
      ['target-wider-than-failing', 'warning'],
    ]);
  });

  it('fits its times between the steps, so that the second begins at 10 minutes', () => {
    const [first, second] = only(text).ladder;
    const verdictMs = first.deadlineMs + first.verify.windowMs + first.verify.soakMs;
    expect(verdictMs).toBeLessThanOrEqual((second?.afterMs ?? 0) - first.afterMs);
  });
});

describe('defaults', () => {
  it('are those of the table, for what disrupts', () => {
    expect(only(minimal)).toEqual({
      name: 'some',
      for: 'redis/cache',
      dependsOn: [],
      open: {
        afterMs: 60_000,
        afterTimeoutOnlyMs: 120_000,
        quorum: { share: 0.5, hosts: 2, hostsWritten: false },
        confirm: { by: 'probe', failures: 3, everyMs: 5_000, timeoutMs: 2_000 },
        signals: [],
        graceAfterStartMs: 60_000,
        graceAfterDeployMs: 120_000,
      },
      ladder: [
        {
          id: 'salt.service.restart',
          action: 'salt.service.restart',
          effect: 'disrupts',
          arguments: {},
          target: { select: 'failing-nodes' },
          afterMs: 0,
          everyMs: 600_000,
          max: 2,
          autonomy: 'ask',
          deadlineMs: 300_000,
          notAfterMs: 30_000,
          verify: { windowMs: 120_000, soakMs: 60_000, cohortShare: 0.8 },
          onHold: 'wait',
          line: 3,
        },
      ],
      limits: {
        attemptsPerDay: 4,
        disruptivePerFleetHour: 5,
        flappingOpenings: 3,
        flappingAskForMs: 86_400_000,
        blastRadiusNodes: 1,
        blastRadiusShare: 1,
        blastRadiusDomains: 1,
        healthyShare: 0.5,
        overloadedFrom: 0.9,
        ineffectiveInARow: 3,
        afterOwnAttemptMs: 300_000,
        approvalMs: 900_000,
        relapseMs: 1_800_000,
      },
    });
  });

  it('give what repairs 3 runs and a window of 10 minutes', () => {
    const [step] = only(minimal.replace('service.restart', 'state.highstate')).ladder;
    expect(step).toMatchObject({ effect: 'repairs', max: 3, verify: { windowMs: 600_000 } });
  });

  it('take an action for one that disrupts where nothing is known of it', () => {
    const { playbooks } = parsePlaybook(minimal.replace('service.restart', 'state.highstate'), 'some.yaml');
    expect(playbooks[0]?.ladder[0]).toMatchObject({
      effect: 'disrupts',
      max: 2,
      verify: { windowMs: 120_000 },
    });
  });

  it('give grace as the configuration says, unless the playbook does', () => {
    const context = { actions, graceAfterStartMs: 1_000 };
    const graceOf = (text: string) =>
      parsePlaybook(text, 'some.yaml', context).playbooks[0]?.open.graceAfterStartMs;
    expect(graceOf(minimal)).toBe(1_000);
    expect(graceOf(`${minimal}open: { graceAfterStart: 2s }\n`)).toBe(2_000);
  });

  it('give every step an id of its own', () => {
    const step = '{ action: salt.service.restart, autonomy: ask }';
    const named = '{ id: salt.service.restart-2, action: salt.service.restart }';
    const { ladder } = only(minimal.replace(/\[.*\]/, `[${step}, ${step}, ${named}]`));
    expect(ladder.map(({ id }) => id)).toEqual([
      'salt.service.restart',
      'salt.service.restart-3',
      'salt.service.restart-2',
    ]);
  });

  it('can all be written out', () => {
    const playbook = only(`
playbook: all
for: postgres/*
open:
  after: 10s
  afterTimeoutOnly: 20s
  quorum: { share: 80%, hosts: 3 }
  confirm: { failures: 2, every: 1s, timeout: 500ms }
  signals: [process.exit, 'alert.*']
  graceAfterStart: 0s
  graceAfterDeploy: 30s
ladder:
  - id: mild
    action: salt.state.highstate
    with: { sls: [a, b], test: false, depth: { of: 3 } }
    target: { match: compound, expression: 'G@role:db and db*' }
    after: 1m
    every: 2m
    max: 7
    autonomy: shadow
    deadline: 3s
    notAfter: 4s
    window: 50s
    soak: 6s
    cohort: 0.5
    when: [unreachable, not-primary]
    onHold: next
limits:
  attemptsPerDay: 100
  disruptivePerFleetHour: 200
  flappingOpenings: 9
  flappingAskFor: 1h
  blastRadiusNodes: 3
  blastRadiusShare: 20%
  blastRadiusDomains: 2
  healthyShare: 0.75
  overloadedFrom: 80%
  ineffectiveInARow: 5
  afterOwnAttempt: 90s
  approval: 1m
  relapse: 2m
dependsOn: [disk/data]
windows:
  timeZone: Europe/Berlin
  allowed: [{ from: '09:00', to: '17:30', days: [mon, sun] }]
  maintenance: [{ from: '22:00', to: '04:00' }]
`);
    expect(playbook.dependsOn).toEqual(['disk/data']);
    expect(playbook.windows).toEqual({
      timeZone: 'Europe/Berlin',
      allowed: [{ days: [1, 0], fromMinute: 540, toMinute: 1_050 }],
      maintenance: [{ days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 1_320, toMinute: 240 }],
    });
    expect(playbook.open).toEqual({
      afterMs: 10_000,
      afterTimeoutOnlyMs: 20_000,
      quorum: { share: 0.8, hosts: 3, hostsWritten: true },
      confirm: { by: 'probe', failures: 2, everyMs: 1_000, timeoutMs: 500 },
      signals: [{ type: 'process.exit' }, { type: 'alert.*' }],
      graceAfterStartMs: 0,
      graceAfterDeployMs: 30_000,
    });
    expect(playbook.ladder).toEqual([
      {
        id: 'mild',
        action: 'salt.state.highstate',
        effect: 'repairs',
        arguments: { sls: ['a', 'b'], test: false, depth: { of: 3 } },
        target: { select: 'expression', matcher: 'compound', expression: 'G@role:db and db*' },
        afterMs: 60_000,
        everyMs: 120_000,
        max: 7,
        autonomy: 'shadow',
        deadlineMs: 3_000,
        notAfterMs: 4_000,
        verify: { windowMs: 50_000, soakMs: 6_000, cohortShare: 0.5 },
        when: ['unreachable', 'not-primary'],
        onHold: 'next',
        line: 13,
      },
    ]);
    expect(playbook.limits).toEqual({
      attemptsPerDay: 100,
      disruptivePerFleetHour: 200,
      flappingOpenings: 9,
      flappingAskForMs: 3_600_000,
      blastRadiusNodes: 3,
      blastRadiusShare: 0.2,
      blastRadiusDomains: 2,
      healthyShare: 0.75,
      overloadedFrom: 0.8,
      ineffectiveInARow: 5,
      afterOwnAttemptMs: 90_000,
      approvalMs: 60_000,
      relapseMs: 120_000,
    });
  });

  it('confirm: none asks for no probe', () => {
    expect(only(`${minimal}open: { confirm: none }\n`).open.confirm).toEqual({ by: 'none' });
  });
});

describe('problems of form', () => {
  it('are all told at once, each with its place and what to write instead', () => {
    const problems = problemsOf(`playbook: some
for: redis/cache
opne: {}
open: { quorum: { hosts: two, share: 150% }, confirm: prob }
ladder:
  - { action: salt.servce.restart, afer: 5m, every: 5, when: [unreachabel], autonomy: aut }
  - { autonomy: auto }
`);
    expect(
      problems.map((problem) => [
        problem.line,
        problem.column,
        problem.code,
        problem.text,
        problem.suggestion,
      ]),
    ).toEqual([
      [3, 1, 'unknown-key', 'opne', 'did you mean `open`?'],
      [4, 26, 'wrong-type', 'two', null],
      [4, 38, 'wrong-value', '150%', null],
      [4, 55, 'wrong-type', 'prob', 'did you mean `probe`?'],
      [6, 15, 'unknown-action', 'salt.servce.restart', 'did you mean `salt.service.restart`?'],
      [6, 36, 'unknown-key', 'afer', 'did you mean `after`?'],
      [6, 53, 'wrong-type', '5', null],
      [6, 63, 'wrong-value', 'unreachabel', 'did you mean `unreachable`?'],
      [6, 87, 'wrong-value', 'aut', 'did you mean `auto`?'],
      [7, 5, 'missing', '', null],
    ]);
  });

  it('read as sentences', () => {
    const [problem] = problemsOf(minimal.replace('action:', 'after: 5, action:'));
    expect(problem && renderProblem(problem)).toBe(
      'some.yaml:3:19: error: `ladder[0].after` must be a duration with its unit, such as 5m, 90s, 1m30s or 24h: 5 (wrong-type)',
    );
  });

  it.each([
    ['an empty target', "{ action: salt.service.restart, target: '' }", 'ladder[0].target'],
    ['a blank target', "{ action: salt.service.restart, target: '  ' }", 'ladder[0].target'],
    [
      'an unknown matcher',
      '{ action: salt.service.restart, target: { match: blob, expression: x } }',
      'match',
    ],
    ['no runs', '{ action: salt.service.restart, max: 0 }', 'ladder[0].max'],
    ['no kinds', '{ action: salt.service.restart, when: [] }', 'ladder[0].when'],
    ['no deadline', '{ action: salt.service.restart, deadline: 0s }', 'ladder[0].deadline'],
    ['a share of nobody', '{ action: salt.service.restart, cohort: 0 }', 'ladder[0].cohort'],
    ['numbers that JSON has not', '{ action: salt.service.restart, with: { a: .nan } }', 'ladder[0].with'],
    ['a step that is a text', 'salt.service.restart', 'ladder[0]'],
  ])('refuse %s', (_, step, named) => {
    const { playbooks, problems } = parsePlaybook(minimal.replace(/\[.*\]/, `[${step}]`), 'some.yaml', {
      actions,
    });
    expect(playbooks).toEqual([]);
    expect(problems.some(({ message, severity }) => severity === 'error' && message.includes(named))).toBe(
      true,
    );
  });

  it.each(['rethinkdb', 'Redis/cache', 'redis/', '/cache', 'redis/a/b', 'redis/ca che', ''])(
    'refuse %j as what it is for',
    (pattern) => {
      expect(problemsOf(minimal.replace('redis/cache', `'${pattern}'`))).toMatchObject([
        { severity: 'error', line: 2 },
      ]);
    },
  );

  it('in one document leave the others usable', () => {
    const { playbooks, problems } = parsePlaybook(
      `${minimal}---\nplaybook: other\n---\n${minimal}`,
      'some.yaml',
      { actions },
    );
    expect(playbooks.length).toBe(2);
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ['missing', 5],
      ['missing', 5],
    ]);
  });

  it('are told of a file without a playbook', () => {
    expect(problemsOf('# nothing yet\n')).toMatchObject([{ code: 'no-playbook', severity: 'warning' }]);
    // What a write leaves that failed must not take a playbook out of force.
    for (const blank of ['', ' \n\n', new Uint8Array(0)]) {
      expect(problemsOf(blank)).toMatchObject([{ code: 'no-playbook', severity: 'error' }]);
    }
  });

  it('do not hide keys that JavaScript knows for itself', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      expect(problemsOf(`${minimal}${key}: { a: 1 }\n`)).toMatchObject([{ code: 'unknown-key', line: 4 }]);
    }
  });
});

describe('any text as a playbook', () => {
  it('has an answer', () => {
    const line = fc.constantFrom(
      'playbook: a',
      'for: a/b',
      'ladder:',
      '  - action: x.y',
      '    after: 5m',
      '    with: { a: *b }',
      '    when: []',
      'open: &b',
      '---',
      'limits: []',
      '    target:',
      '  - *b',
      '? a',
      'ladder: 1',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(line, { maxLength: 15 }).map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const { playbooks, problems } = parsePlaybook(any, 'some.yaml', { actions });
        expect(playbooks.length + problems.length).toBeGreaterThan(0);
        for (const { line: at, column } of problems) expect(Math.min(at, column)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  it('tells at most so many problems as a person reads', () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(problemsOf(keys).length).toBeLessThanOrEqual(200);
  });
});

describe('reading a playbook', () => {
  it('generates no code, and leaves the setting of zod as it was', async () => {
    vi.resetModules();
    const made = vi.spyOn(globalThis, 'Function').mockImplementation(() => {
      throw new EvalError('code generation is not allowed here');
    });
    try {
      const { z } = await import('zod');
      const fresh = await import('./parse.ts');
      expect(fresh.parsePlaybook(minimal, 'some.yaml').playbooks.length).toBe(1);
      expect(made).not.toHaveBeenCalled();
      expect(z.config().jitless ?? false).toBe(false);
    } finally {
      made.mockRestore();
    }
  });

  it('has a JSON Schema that knows every key, its meaning and its default', () => {
    const schema = JSON.stringify(playbookJsonSchema());
    for (const key of ['graceAfterStart', 'flappingAskFor', 'notAfter', 'onHold', 'cohort']) {
      expect(schema).toContain(`"${key}"`);
    }
    expect(schema).toContain('"default":"failing-nodes"');
    expect(schema).toContain('"additionalProperties":false');
  });
});
