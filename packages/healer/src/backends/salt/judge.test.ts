import { describe, expect, it } from 'vitest';
import { plainExpectation } from './expectation.ts';
import { type JudgedCall, judge, judgeFenced } from './judge.ts';

const call = (name: string): JudgedCall => ({ function: name, expects: plainExpectation });
const state = (result: boolean | null, comment = '') => ({ result, comment, __id__: 'app' });

// What a real Salt 3008 returns, shortened.
describe('a return is judged by its function', () => {
  it.each([
    ['all states applied', 'state.highstate', { a: state(true), b: state(true) }, 0, 'succeeded'],
    ['one state failed', 'state.highstate', { a: state(true), b: state(false, 'no disk') }, 2, 'failed'],
    ['a failed state under retcode 0', 'state.highstate', { a: state(false) }, 0, 'failed'],
    ['states in test mode only', 'state.highstate', { a: state(null) }, 0, 'failed'],
    ['a retcode although every state is well', 'state.highstate', { a: state(true) }, 2, 'failed'],
    ['an empty map', 'state.highstate', {}, 0, 'failed'],
    ['a missing sls', 'state.apply', ["No matching sls found for 'x' in env 'base'"], 1, 'failed'],
    ['a list under retcode 0', 'state.apply', ['anything'], 0, 'failed'],
    [
      'another run under way',
      'state.highstate',
      ['The function "state.apply" is running as PID 7'],
      1,
      'failed',
    ],
    [
      'a run that was only queued',
      'state.highstate',
      { result: true, queued: true, comment: 'queued' },
      0,
      'failed',
    ],
    ['an unknown function', 'state.highstate', "'state.highstate' is not available.", 1, 'failed'],
    ['a restarted service', 'service.restart', true, 0, 'succeeded'],
    ['a service that did not start', 'service.restart', false, 1, 'failed'],
    ['false under retcode 0', 'service.restart', false, 0, 'failed'],
    ['true under a retcode', 'service.restart', true, 1, 'failed'],
    ['a text instead of true', 'service.restart', 'ERROR (no such process)', 0, 'failed'],
    ['a missing service module', 'service.restart', "'service' __virtual__ returned False: no", 1, 'failed'],
    ['another function that returned', 'test.ping', true, 0, 'succeeded'],
    ['another function with a retcode', 'cmd.run', 'output', 127, 'failed'],
    ['another function without any retcode', 'cmd.run', 'output', null, 'failed'],
  ])('%s', (_name, functionName, value, retcode, outcome) => {
    expect(judge(call(functionName), { value, retcode }).outcome).toBe(outcome);
  });

  it('shows no secret that a minion wrote into its return', () => {
    const states = { a: state(false, 'mysql --password=hunter2secret failed') };
    expect(judge(call('state.highstate'), { value: states, retcode: 2 }).detail).not.toContain('hunter2');
    const { detail } = judge(call('cmd.run'), { value: 'token: abc-def, then nothing', retcode: 1 });
    expect(detail).toContain('token: (hidden)');
    expect(judgeFenced(call('cmd.run'), { value: 'secret=abc', retcode: 1 })?.detail).not.toContain('abc');
  });

  const command = 'mysql -uroot -phunter2 < /srv/dump.sql';
  const failed = (fields: Record<string, unknown>) => ({ result: false, changes: {}, ...fields });
  const ran = {
    name: command,
    comment: `Command "${command}" run`,
    changes: { retcode: 1, stderr: command },
  };

  it.each([
    [
      'a command under a name, by its retcode',
      { 'cmd_|-load_|-x_|-run': failed({ ...ran, __id__: 'load' }) },
      '1 of 1 states failed: load: cmd.run failed with retcode 1',
    ],
    [
      'a command that is its own id, by what tells it from others',
      { 'cmd_|-x_|-x_|-run': failed({ ...ran, __id__: command, changes: {} }) },
      '1 of 1 states failed: cmd.run (id not shown, #5da9): cmd.run failed',
    ],
    [
      'a call of a module, without what it returned',
      { 'module_|-ask_|-x_|-run': failed({ name: 'x', __id__: 'ask', comment: `mysql.query: ${command}` }) },
      '1 of 1 states failed: ask: module.run failed',
    ],
    [
      'the cause before what requires it, which Salt tells by its id',
      {
        'file_|-after_|-/a_|-managed': failed({
          __id__: 'after',
          comment: `One or more requisite failed: sls.${command}`,
        }),
        'cmd_|-x_|-x_|-run': failed({ ...ran, __id__: command }),
      },
      '2 of 2 states failed: cmd.run (id not shown, #5da9): cmd.run failed with retcode 1; after: a state that it requires failed',
    ],
    [
      'another state, up to a command in its comment',
      {
        'cron_|-nightly_|-x_|-present': failed({
          __id__: 'nightly',
          name: command,
          comment: `Cron ${command} for user root failed`,
        }),
      },
      '1 of 1 states failed: nightly: Cron (not shown)',
    ],
    [
      'a file by the comment',
      { 'file_|-conf_|-/a_|-managed': failed({ __id__: 'conf', name: '/a', comment: 'No space left' }) },
      '1 of 1 states failed: conf: No space left',
    ],
  ])('names of states that failed %s', (_what, value, detail) => {
    expect(judge(call('state.apply'), { value, retcode: 2 }).detail).toBe(detail);
  });

  it.each([
    [
      `Detected conflicting IDs. The conflicting ID is '${command}' and is found in SLS 'base:a' and SLS 'base:b'`,
      'ID is (not shown) and is found in SLS',
    ],
    [
      `ID '${command}' in SLS 'a' contains multiple state declarations of the same type`,
      'ID (not shown) in SLS',
    ],
    [`Requisite declaration x in state ${command} in SLS a is not formed`, 'state (not shown) in SLS a'],
    [
      `Rendering SLS 'base:a' failed: mapping values are not allowed here; line 3\n\n---\n${command}  <====`,
      'line 3',
    ],
    [`The type x in {'cmd.run': '${command}'} is not formatted as a dictionary`, 'The type x in'],
    [
      `The function "${command}" in state "load" in SLS "a" has whitespace, a function with whitespace is not supported`,
      'The function (not shown) in state "load" in SLS',
    ],
    [
      `Invalid requisite in require: cmd.run for ${command}, in SLS 'a'. Requisites must not`,
      'cmd.run for (not shown), in SLS',
    ],
    [`ID ${command} in template a is not a dictionary`, 'ID (not shown) in template a'],
    [`Extension name '${command}' in SLS 'a' is not a dictionary`, 'Extension name (not shown) in SLS'],
    ["State 'cmd.runn' was not found in SLS 'a'", "State 'cmd.runn' was not found in SLS 'a'"],
    ["No matching sls found for 'x' in env 'base'", "sls found for 'x' in env 'base'"],
  ])('says why nothing was applied, without what pillar made of it: %s', (text, told) => {
    const { detail } = judge(call('state.apply'), { value: [text], retcode: 1 });
    expect(detail).toContain(told);
    expect(detail).not.toContain('hunter2');
  });

  it.each([
    ['a map in which not all are states', { 'cmd_|-a_|-b_|-run': { result: true, name: command }, x: 'y' }],
    ['the beginning of one', `{"cmd_|-a_|-b_|-run": {"result": true, "name": "${command}"`],
  ])('shows nothing of %s', (_what, value) => {
    const { outcome, detail } = judge(call('state.apply'), { value, retcode: 0 });
    expect(outcome).toBe('failed');
    expect(detail).toBe('the minion returned something else than the states that it applied');
  });

  it('names what failed, bounded', () => {
    const states = Object.fromEntries(
      [...Array(50).keys()].map((index) => [`s${index}`, state(false, 'x'.repeat(500))]),
    );
    const { detail } = judge(call('state.highstate'), { value: states, retcode: 2 });
    expect(detail).toMatch(/^50 of 50 states failed: app: x/);
    expect(detail.length).toBeLessThanOrEqual(300);
  });
});

describe('another state run under way', () => {
  const texts = ['The function "state.apply" is running as PID 7'];

  it('is told apart from a failure: nothing ran, and it may be ordered again', () => {
    expect(judge(call('state.highstate'), { value: texts, retcode: 1 }).busy).toBe(true);
    const missing = ["No matching sls found for 'x' in env 'base'"];
    expect(judge(call('state.apply'), { value: missing, retcode: 1 }).busy).toBeUndefined();
  });

  it('is told apart from other refusals of prunella.apply, which leave it so', () => {
    const refused = (code: string) =>
      judgeFenced(call('state.highstate'), {
        value: { prunella: 1, status: 'refused', code, comment: 'x' },
        retcode: 0,
      });
    expect(refused('state-running')).toMatchObject({ outcome: 'refused', busy: true });
    expect(refused('overtaken')?.busy).toBeUndefined();
  });

  it('that a record holds is final: the minion would answer the same for ever', () => {
    const value = { prunella: 1, status: 'done', return: texts, retcode: 1 };
    const judged = judgeFenced(call('state.highstate'), { value, retcode: 1 });
    expect(judged).toMatchObject({ outcome: 'failed' });
    expect(judged?.busy).toBeUndefined();
  });
});

describe('what prunella.apply gave back', () => {
  const answer = (fields: Record<string, unknown>) => ({ value: { prunella: 1, ...fields }, retcode: 0 });

  it.each([
    ['done', answer({ status: 'done', return: true, retcode: 0 }), 'succeeded'],
    ['done, and failed', answer({ status: 'done', return: false, retcode: 1 }), 'failed'],
    ['repeated', answer({ status: 'repeated', return: true, retcode: 0 }), 'succeeded'],
    ['refused', answer({ status: 'refused', code: 'overtaken', comment: 'newer' }), 'refused'],
    ['running', answer({ status: 'running' }), 'unknown'],
    ['unknown', answer({ status: 'unknown' }), 'unknown'],
    ['something of a later version', answer({ status: 'postponed' }), 'unknown'],
    ['an exception of the module', { value: 'Traceback …', retcode: 1 }, 'unknown'],
  ])('%s', (_name, given, outcome) => {
    expect(judgeFenced(call('service.restart'), given)?.outcome).toBe(outcome);
  });

  it('is nothing where the minion has no such module', () => {
    const texts = [
      "'prunella.apply' is not available.",
      "'prunella' __virtual__ returned False: no file locks",
    ];
    for (const value of texts) expect(judgeFenced(call('service.restart'), { value, retcode: 1 })).toBeNull();
  });
});
