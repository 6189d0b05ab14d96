import { describe, expect, it } from 'vitest';
import type { ActionFacts } from '../decide/input.ts';
import type { PlaybookContext } from './context.ts';
import { parsePlaybook } from './parse.ts';

const actions: ReadonlyMap<string, ActionFacts> = new Map([
  ['salt.test.reconnect', { action: 'salt.test.reconnect', effect: 'restores', highestAutonomy: 'auto' }],
  ['salt.state.apply', { action: 'salt.state.apply', effect: 'repairs', highestAutonomy: 'auto' }],
  ['salt.service.restart', { action: 'salt.service.restart', effect: 'disrupts', highestAutonomy: 'auto' }],
  ['salt.runner', { action: 'salt.runner', effect: 'disrupts', highestAutonomy: 'ask' }],
]);

/** Problems of a ladder, one step a line, beginning on line 4. */
function check(steps: readonly string[], context: PlaybookContext = {}, rest = '') {
  const text = `playbook: some\nfor: redis/*\nladder:\n${steps.map((step) => `  - { ${step} }\n`).join('')}${rest}`;
  const { playbooks, problems } = parsePlaybook(text, 'some.yaml', { actions, ...context });
  const refused = problems.some(({ severity }) => severity === 'error');
  expect(playbooks.length).toBe(refused ? 0 : 1);
  return problems.map(({ code, severity, line, text: offending }) => ({ code, severity, line, offending }));
}

const restart = 'action: salt.service.restart';
const apply = 'action: salt.state.apply';

describe('check of a step', () => {
  it('finds nothing in one with defaults', () => {
    expect(check([restart])).toEqual([]);
  });

  it('refuses a soak that does not fit into the window', () => {
    expect(check([`${restart}, window: 10s, soak: 20s`])).toEqual([
      { code: 'window-shorter-than-soak', severity: 'error', line: 4, offending: '10s' },
    ]);
  });

  it('warns of a window shorter than spread, soak and one heartbeat', () => {
    const step = `${restart}, window: 10s, soak: 4s`;
    expect(check([step])).toEqual([{ code: 'window-short', severity: 'warning', line: 4, offending: '10s' }]);
    expect(check([step], { heartbeatMs: 4_000 })).toEqual([]);
    expect(check([step], { heartbeatMs: 4_001 })).toMatchObject([{ code: 'window-short' }]);
  });

  it('refuses windows that leave no minute of the week', () => {
    const wrong = [{ code: 'windows-never-open', severity: 'error' }];
    const day = "{ from: '00:00', to: '24:00' }";
    const night = "{ from: '20:00', to: '08:00' }";
    const daytime = "{ from: '08:00', to: '20:00' }";
    const weekend = "{ days: [sat, sun], from: '00:00', to: '24:00' }";
    const windows = (text: string) => check([restart], {}, `windows: { ${text} }\n`);
    expect(windows(`maintenance: [${day}]`)).toMatchObject(wrong);
    expect(windows(`maintenance: [${night}, ${daytime}]`)).toMatchObject(wrong);
    expect(windows(`allowed: [${weekend}], maintenance: [${weekend}]`)).toMatchObject(wrong);
    expect(windows(`maintenance: [${night}]`)).toEqual([]);
    expect(windows(`maintenance: [${weekend}]`)).toEqual([]);
    expect(windows(`allowed: [${night}], maintenance: [${daytime}]`)).toEqual([]);
  });

  it('warns of windows that mean more time than they look', () => {
    const windows = (text: string) => check([restart], {}, `windows: { ${text} }\n`);
    const wide = { code: 'windows-wide', severity: 'warning' };
    expect(windows('allowed: []')).toMatchObject([{ ...wide, offending: '[]' }]);
    expect(windows("allowed: [{ from: '02:00', to: '02:00' }]")).toMatchObject([wide]);
    expect(windows("allowed: [{ from: '02:00', to: '02:01' }]")).toEqual([]);
  });

  it('warns of a window in the hour that the clock of its time zone skips', () => {
    const windows = (text: string) => check([restart], {}, `windows: { timeZone: Europe/Berlin, ${text} }\n`);
    const skipped = { code: 'windows-skipped', severity: 'warning' };
    expect(windows("allowed: [{ from: '02:15', to: '02:45' }]")).toMatchObject([skipped]);
    expect(windows("maintenance: [{ days: [sun], from: '02:00', to: '03:00' }]")).toMatchObject([skipped]);
    expect(windows("allowed: [{ days: [mon], from: '02:15', to: '02:45' }]")).toEqual([]);
    expect(windows("allowed: [{ from: '02:15', to: '03:01' }]")).toEqual([]);
    expect(check([restart], {}, "windows: { allowed: [{ from: '02:15', to: '02:45' }] }\n")).toEqual([]);
  });

  it('warns of orders that may begin after they must have ended', () => {
    expect(check([`${apply}, deadline: 1m, notAfter: 61s`])).toMatchObject([
      { code: 'not-after-beyond-deadline', severity: 'warning', offending: '61s' },
    ]);
    expect(check([`${apply}, deadline: 1m, notAfter: 60s`])).toEqual([]);
  });

  it('warns where a disruptive step may touch healthy nodes', () => {
    expect(check([`${restart}, target: 'db*'`])).toEqual([
      { code: 'target-wider-than-failing', severity: 'warning', line: 4, offending: "'db*'" },
    ]);
    expect(check([`${apply}, target: 'db*'`])).toEqual([]);
  });

  it('warns where the backend cannot tell whom a target means', () => {
    const context = { unresolvingBackends: new Set(['salt']) };
    expect(check([`${apply}, target: 'db*'`], context)).toEqual([
      { code: 'target-not-resolved', severity: 'warning', line: 4, offending: "'db*'" },
    ]);
    expect(check([apply], context)).toEqual([]);
  });

  it('refuses auto for what is never run without a person', () => {
    expect(check(['action: salt.runner, autonomy: auto'])).toEqual([
      { code: 'autonomy-too-high', severity: 'error', line: 4, offending: 'auto' },
    ]);
    expect(check(['action: salt.runner, autonomy: ask'])).toEqual([]);
  });

  it('refuses arguments that the action would refuse, now and not when it is needed', () => {
    const argumentProblem = (_: string, given: Readonly<Record<string, unknown>>) =>
      'service' in given ? null : 'it needs a service';
    expect(check([`${restart}, with: { name: x }`], { argumentProblem })).toMatchObject([
      { code: 'wrong-arguments', severity: 'error', line: 4 },
    ]);
    expect(check([`${restart}, with: { service: x }`], { argumentProblem })).toEqual([]);
  });

  it('warns of a secret in its arguments, and does not show it', () => {
    const problems = check([`${apply}, with: { pillar: { db_password: geheim, name: x } }`]);
    expect(problems).toEqual([
      { code: 'secret-in-plain-text', severity: 'warning', line: 4, offending: '(hidden)' },
    ]);
    expect(check([`${apply}, with: { url: 'redis://a:geheim@db/0' }`])).toMatchObject([
      { offending: '(hidden)' },
    ]);
  });
});

describe('check of a ladder', () => {
  it('warns where the verdict falls after the next step is due', () => {
    const first = `${apply}, deadline: 90s, window: 2m, soak: 30s`;
    expect(check([first, `${restart}, after: 4m`])).toEqual([]);
    expect(check([first, `${restart}, after: 3m59s`])).toMatchObject([
      { code: 'verdict-after-next-step', severity: 'warning', line: 4 },
    ]);
  });

  it('refuses a stronger step before a milder one', () => {
    const problems = check([`${restart}, window: 1m, soak: 1s, deadline: 1s`, `${apply}, after: 10m`]);
    expect(problems).toEqual([
      { code: 'ladder-not-mildest-first', severity: 'error', line: 5, offending: 'salt.state.apply' },
    ]);
    expect(check(['action: salt.test.reconnect', `${apply}, after: 1h`, `${restart}, after: 2h`])).toEqual(
      [],
    );
  });

  it('warns of a step due before the milder one that must run first', () => {
    const problems = check([`${apply}, after: 10m`, `${restart}, after: 5m`]);
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ['verdict-after-next-step', 4],
      ['after-before-milder-step', 5],
    ]);
  });

  it('refuses a step that the budget never lets come', () => {
    const steps = [0, 1, 2].map((hours) => `${apply}, after: ${hours}h`);
    expect(check(steps, {}, 'limits: { attemptsPerDay: 2 }\n')).toMatchObject([
      { code: 'step-unreachable', severity: 'error', line: 6 },
    ]);
    expect(check(steps, {}, 'limits: { attemptsPerDay: 3 }\n')).toEqual([]);
  });

  it('refuses a step that waits for faults which never open an incident', () => {
    expect(check([`${apply}, when: [caller, local]`])).toMatchObject([
      { code: 'step-unreachable', severity: 'error', line: 4 },
    ]);
    expect(check([`${apply}, when: [caller, timeout]`])).toEqual([]);
  });

  it('refuses a step only for what the guardrails never let run', () => {
    expect(check([`${restart}, when: [starting]`])).toMatchObject([{ code: 'step-unreachable', line: 4 }]);
    expect(check([`${apply}, when: [starting, caller]`])).toMatchObject([{ code: 'step-unreachable' }]);
    expect(check([`${restart}, when: [overloaded]`])).toMatchObject([{ code: 'step-unreachable' }]);
    expect(check(['action: salt.test.reconnect, when: [starting]'])).toEqual([]);
    expect(check([`${apply}, when: [overloaded]`])).toEqual([]);
    expect(check([`${restart}, when: [starting, unreachable]`])).toEqual([]);
  });

  it('warns of an `every` that never applies', () => {
    expect(check([`${restart}, every: 5m, max: 1`])).toEqual([
      { code: 'every-never-applies', severity: 'warning', line: 4, offending: '5m' },
    ]);
    expect(check([`${restart}, every: 5m`], {}, 'limits: { attemptsPerDay: 1 }\n')).toMatchObject([
      { code: 'every-never-applies' },
    ]);
    expect(check([`${restart}, max: 1`])).toEqual([]);
  });

  it('refuses a condition that cannot be asked, at the place of the mistake', () => {
    expect(check([`${restart}, if: "label.tier == 'gold'"`])).toEqual([
      { code: 'wrong-condition', severity: 'error', line: 4, offending: 'label' },
    ]);
    const rest = "open: { signals: [{ type: alert, if: 'signal.data.size(' }] }\n";
    expect(check([restart], {}, rest)).toMatchObject([{ code: 'wrong-condition', line: 5 }]);
    expect(
      check([restart], {}, 'open: { signals: [{ type: alert, if: "\'timeout\' in faults" }] }\n'),
    ).toMatchObject([{ code: 'wrong-condition', offending: 'faults' }]);
  });

  it('refuses a parameter that stands for nothing, wherever it is in the arguments', () => {
    expect(check([`${apply}, with: { states: ['{{ nod }}'], deep: { a: 'x {{ labels.b }}' } }`])).toEqual([
      { code: 'unknown-parameter', severity: 'error', line: 4, offending: 'nod' },
    ]);
  });

  it('asks the backend about arguments with parameters in them', () => {
    const seen: unknown[] = [];
    const argumentProblem = (_: string, given: Readonly<Record<string, unknown>>) => {
      seen.push(given);
      return null;
    };
    expect(check([`${apply}, with: { states: ['app.{{ node }}'] }`], { argumentProblem })).toEqual([]);
    expect(seen).toEqual([{ states: ['app.sample'] }]);
  });

  it('refuses one id twice', () => {
    expect(check([`id: a, ${apply}`, `id: a, ${restart}, after: 1h`])).toEqual([
      { code: 'step-id-repeated', severity: 'error', line: 5, offending: 'a' },
    ]);
  });

  it('is made in spite of unknown keys, so that all is told at once', () => {
    expect(check([`${restart}, target: 'db*', colour: red`]).map(({ code }) => code)).toEqual([
      'target-wider-than-failing',
      'unknown-key',
    ]);
  });
});

describe('an action that no backend has', () => {
  const suggestion = (action: string) =>
    parsePlaybook(`playbook: a\nfor: a/b\nladder: [{ action: ${action} }]`, 'some.yaml', { actions })
      .problems[0]?.suggestion;

  it('is refused with the nearest name, or with what there is', () => {
    expect(suggestion('salt.service.restrat')).toBe('did you mean `salt.service.restart`?');
    expect(suggestion('salt.pkg.install')).toContain('the backend salt has: salt.test.reconnect');
    expect(suggestion('docker.restart')).toBe('`docker` is no configured backend; there are: salt');
  });

  it('is refused where no backend is configured', () => {
    const { playbooks, problems } = parsePlaybook(
      'playbook: a\nfor: a/b\nladder: [{ action: b.c }]',
      'some.yaml',
      {
        actions: new Map(),
      },
    );
    expect(playbooks).toEqual([]);
    expect(problems).toMatchObject([
      { code: 'unknown-action', suggestion: expect.stringContaining('prunella.yaml') },
    ]);
  });
});
