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

const command = 'mysql -uroot -phunter2 < /srv/dump.sql';

type State = readonly [id: string, name: string];

function numbered(count: number, last?: string): readonly State[] {
  return [...Array(count).keys()].map((index) => [
    last !== undefined && index === count - 1 ? last : `s${index}`,
    'echo x',
  ]);
}

/** Of commands that would run. */
function predicted(states: readonly State[], never: readonly string[] = []) {
  const value = Object.fromEntries(
    states.map(([id, name]) => [`cmd_|-${id}_|-${name}_|-run`, { result: null, name, __id__: id }]),
  );
  return predictionOf('db1', { value, retcode: 0 }, never);
}

describe('a rehearsal', () => {
  it('names the states that would change and what of them, and no value of theirs', () => {
    const prediction = predictionOf('db1', { value: rehearsal, retcode: 0 }, []);
    expect(prediction).toEqual({
      id: 'db1',
      count: 2,
      changes: [
        { name: 'app-conf', detail: 'file.managed /etc/app.conf: diff, mode' },
        { name: 'load', detail: 'cmd.run: cmd' },
      ],
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(JSON.stringify(prediction)).not.toContain(secret);
  });

  it.each([
    ['a state that would fail', { 'a_|-b_|-b_|-c': { result: false, comment: `token=${secret}` } }, 2],
    ['another state run', ['The function "state.apply" is running as PID 7'], 1],
    ['a missing state', ["No matching sls found for 'x' in env 'base'"], 1],
    ['an empty map', {}, 0],
  ])('that finds %s tells no change, but why', (_what, value, retcode) => {
    const { count, problem } = predictionOf('db1', { value, retcode }, []);
    expect([count, typeof problem]).toEqual([0, 'string']);
    expect(problem).not.toContain(secret);
  });

  it('counts all, and names fifty', () => {
    const { count, changes } = predicted(numbered(80));
    expect([count, changes.length]).toEqual([80, 50]);
  });

  it.each<readonly [string, readonly State[], string, string]>([
    ['after the fiftieth', numbered(60, 'db-data'), 'db-*', 'db-data'],
    [
      'that looks like a secret',
      [['set password for app', 'x']],
      'set password for app',
      'cmd.run (id not shown, #2158)',
    ],
    [
      'that is very long',
      [[`${'a'.repeat(130)}-db-data`, 'x']],
      '*-db-data',
      'cmd.run (id not shown, #f58c)',
    ],
    ['that is a command', [[command, command]], 'mysql*', 'cmd.run (id not shown, #5da9)'],
  ])(
    'finds an id %s among those that must not change, and tells it first',
    (_where, states, pattern, name) => {
      const [first, ...others] = predicted(states, ['firewall', pattern]).changes;
      expect(first).toMatchObject({ name, forbidden: true });
      expect(others.filter(({ forbidden }) => forbidden)).toEqual([]);
    },
  );

  it('compares nothing where it was not asked to, and says so by the digest that it leaves out', () => {
    expect(predictionOf('db1', { value: rehearsal, retcode: 0 }, undefined).digest).toBeUndefined();
    expect(predicted(numbered(10_001)).digest).toBeUndefined();
    expect(predicted([['a'.repeat(10_001), 'x']]).problem).toContain('too long to compare');
  });

  it('has another digest where another state would change, named or not', () => {
    const sixty = predicted(numbered(60));
    expect(predicted([...numbered(60)].reverse()).digest).toBe(sixty.digest);
    expect(predicted([...numbered(59), ['other', 'x']]).digest).not.toBe(sixty.digest);
    expect(predicted([['do this', 'x']]).digest).not.toBe(predicted([['do that', 'x']]).digest);
  });

  it.each([
    ['app-conf', 'echo x', 'app-conf'],
    ['load the dump', 'echo x', 'cmd.run (id not shown, #9e66)'],
    ['/usr/bin/load', '/usr/bin/load', 'cmd.run (id not shown, #10eb)'],
  ])('of a command under the id %s that runs %s shows %s', (id, name, shown) => {
    expect(predicted([[id, name]]).changes).toEqual([{ name: shown, detail: 'cmd.run' }]);
  });

  it('shows an id that is the name of a thing, and no command that is an id', () => {
    const redis = { 'service_|-redis_|-redis_|-running': { result: null, name: 'redis', __id__: 'redis' } };
    expect(predictionOf('db1', { value: redis, retcode: 0 }, []).changes).toEqual([
      { name: 'redis', detail: 'service.running redis' },
    ]);
    expect(JSON.stringify(predicted([[command, command]]))).not.toContain('hunter2');
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
