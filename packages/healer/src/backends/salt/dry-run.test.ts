import { describe, expect, it } from 'vitest';
import { predictionOf } from './dry-run.ts';
import { hideSecrets } from './hide-secrets.ts';

const secret = 'hunter2-of-the-pillar';

// What a real Salt 3008 returns for `state.test`, shortened.
const rehearsal = {
  'file_|-app-conf_|-/etc/app.conf_|-managed': {
    result: null,
    name: '/etc/app.conf',
    __id__: 'app-conf',
    comment: `The file would be changed\n+password=${secret}`,
    changes: { diff: `+password=${secret}`, mode: '0600' },
  },
  'cmd_|-load_|-load_|-run': {
    result: null,
    name: `mysql -p${secret} < dump`,
    __id__: 'load',
    comment: `Command "mysql -p${secret} < dump" would have been executed`,
    changes: { cmd: `mysql -p${secret} < dump` },
  },
  'pkg_|-tools_|-htop_|-installed': { result: true, name: 'htop', __id__: 'tools', comment: '', changes: {} },
};

describe('a rehearsal', () => {
  it('names the states that would change and what of them, and no value of theirs', () => {
    const prediction = predictionOf('db1', { value: rehearsal, retcode: 0 });
    expect(prediction).toEqual({
      id: 'db1',
      count: 2,
      changes: [
        { name: 'app-conf', detail: 'file.managed /etc/app.conf: diff, mode' },
        { name: 'load', detail: 'cmd.run: cmd' },
      ],
    });
    expect(JSON.stringify(prediction)).not.toContain(secret);
  });

  it.each([
    ['a state that would fail', { 'a_|-b_|-b_|-c': { result: false, comment: `token=${secret}` } }, 2],
    ['another state run', ['The function "state.apply" is running as PID 7'], 1],
    ['a missing state', ["No matching sls found for 'x' in env 'base'"], 1],
    ['an empty map', {}, 0],
  ])('that finds %s tells no change, but why', (_what, value, retcode) => {
    const { count, problem } = predictionOf('db1', { value, retcode });
    expect([count, typeof problem]).toEqual([0, 'string']);
    expect(problem).not.toContain(secret);
  });

  it('counts all, and names fifty', () => {
    const many = Object.fromEntries(
      [...Array(80).keys()].map((index) => [`a_|-s${index}_|-n_|-b`, { result: null, __id__: `s${index}` }]),
    );
    const { count, changes } = predictionOf('db1', { value: many, retcode: 0 });
    expect([count, changes.length]).toEqual([80, 50]);
  });
});

it.each([
  ['password=geheim rest', 'password=(hidden) rest'],
  ['--api-key geheim', '--api-key (hidden)'],
  ["db_password: 'ge heim' x", 'db_password: (hidden) x'],
  ['redis://app:geheim@db1/0', 'redis://app:(hidden)@db1/0'],
  ['x 3f9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c y', 'x (hidden) y'],
  ['/etc/postgresql/15/main/postgresql.conf', '/etc/postgresql/15/main/postgresql.conf'],
  ['file.managed: the-long-name-of-a-state', 'file.managed: the-long-name-of-a-state'],
])('of %s people see %s', (text, shown) => {
  expect(hideSecrets(text)).toBe(shown);
});
