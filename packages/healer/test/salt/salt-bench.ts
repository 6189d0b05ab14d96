import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptOrder } from '@prunella/core';
import {
  findSaltEnvironment,
  installSalt,
  type SaltLab,
  type SaltLabOptions,
  startSalt,
} from '@prunella/labs';
import type { DispatchContext } from '../../src/backends/backend.ts';
import { createSaltBackend, type SaltBackend } from '../../src/backends/salt/create-salt-backend.ts';
import type { TlsFiles } from '../../src/backends/salt/tls.ts';
import type { WatchedNode } from '../../src/backends/salt/watch/signals.ts';

/** A real Salt with states that tests can tell apart, and backends towards it. */
export interface SaltBench {
  readonly lab: SaltLab;
  /** Of Salt's environment, with its Python. */
  readonly binFolder: string;
  readonly folder: string;
  /** How often the state `mark` has been applied, by minion. */
  marks(minion: string): Promise<number>;
  api(changes?: Partial<ApiSettings>): SaltBackend;
  hook(changes?: Partial<HookSettings>): SaltBackend;
  stop(): Promise<void>;
}

interface ApiSettings {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** In the place of `password`, where it changes. */
  readonly secrets: { readonly PASSWORD: string };
  readonly loginTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly fences: 'module' | 'none';
  readonly perMinion: number;
  readonly perJob: number;
  readonly eauth: string;
  readonly domainGrain: string;
  readonly furtherMasters: readonly string[];
  readonly tls: TlsFiles;
  readonly commands: readonly string[];
  readonly runners: readonly string[];
  /** With nodes the event bus is followed. */
  readonly nodes: readonly WatchedNode[];
  readonly onProblem: (text: string) => void;
  readonly watchTimes: { readonly settleMs?: number };
}

interface HookSettings {
  readonly url: string;
  readonly secret: string;
  readonly requestTimeoutMs: number;
  readonly withApi: boolean;
  readonly signed: boolean;
}

export const secretCommand = 'exit 3; mysql -uroot -phunter2 < /srv/dump.sql';

const states = (folder: string): Readonly<Record<string, unknown>> => ({
  mark: {
    mark: {
      'cmd.run': [{ name: `echo x >> ${folder}/marks-$SALT_MINION` }, { env: [{ SALT_MINION: '{{id}}' }] }],
    },
  },
  slow: { slow: { 'cmd.run': [{ name: 'sleep 4' }] } },
  grow: {
    ping: {
      'salt.function': [
        { name: 'test.ping' },
        { tgt: "{{ pillar['prunella']['targets'] | join(',') }}" },
        { tgt_type: 'list' },
      ],
    },
  },
  stunted: { stunted: { 'salt.function': [{ name: 'test.false' }, { tgt: 'db1' }] } },
  // A command as an id, as people write them, with what pillar gave.
  loads: {
    [secretCommand]: { 'cmd.run': [] },
    after: { 'test.succeed_without_changes': [{ require: [{ cmd: secretCommand }] }] },
  },
  broken: { broken: { 'cmd.run': [{ name: 'false' }] }, fine: { 'test.succeed_without_changes': [] } },
});

export async function startBench(
  options: Omit<SaltLabOptions, 'folder' | 'fileRoots'> & { readonly highstate?: readonly string[] },
): Promise<SaltBench> {
  const environment = (await findSaltEnvironment()) ?? (await installSalt());
  const folder = await mkdtemp(join(tmpdir(), 'prunella-salt-'));
  const root = join(folder, 'states');
  await mkdir(root, { recursive: true });
  await writeFile(
    join(root, 'top.sls'),
    `#!json\n${JSON.stringify({ base: { '*': options.highstate ?? ['mark'] } })}\n`,
  );
  for (const [name, state] of Object.entries(states(folder))) {
    const text = JSON.stringify(state).replaceAll('{{id}}', '{{ grains["id"] }}');
    await writeFile(
      join(root, `${name}.sls`),
      `#!jinja|json\n${text.replaceAll('grains["id"]', "grains['id']")}\n`,
    );
  }
  const lab = await startSalt({ ...options, folder: join(folder, 'salt'), fileRoots: [root], environment });
  return {
    lab,
    binFolder: environment.binFolder,
    folder,
    marks: async (minion) => {
      const text = await readFile(join(folder, `marks-${minion}`), 'utf8').catch(() => '');
      return text.split('\n').length - 1;
    },
    api: (changes = {}) => apiBackend(lab, changes),
    hook: (changes = {}) => hookBackend(lab, changes),
    stop: async () => {
      await lab.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function apiBackend(lab: SaltLab, changes: Partial<ApiSettings>): SaltBackend {
  const {
    password = lab.api.password,
    secrets = { PASSWORD: password },
    perMinion = 1,
    perJob = 50,
    commands = [],
    runners = [],
    furtherMasters = [],
    ...others
  } = changes;
  const { nodes = [], onProblem = () => {}, watchTimes = {}, ...rest } = others;
  const configuration = {
    mode: 'api' as const,
    url: lab.api.url,
    username: lab.api.username,
    eauth: lab.api.eauth,
    loginTimeoutMs: 10_000,
    requestTimeoutMs: 20_000,
    fences: 'module' as const,
    watch: true,
    ...rest,
    commands: [...commands],
    runners: [...runners],
    furtherMasters: [...furtherMasters],
    limits: { perMaster: 10, perMinion, perJob },
    password: { environment: 'PASSWORD' },
  };
  return createSaltBackend(configuration, {
    environment: secrets,
    nodes,
    onProblem,
    watchTimes,
  });
}

function hookBackend(lab: SaltLab, changes: Partial<HookSettings>): SaltBackend {
  const { secret = lab.hook.secret, withApi = false, ...rest } = changes;
  const api = { username: lab.api.username, eauth: lab.api.eauth, password: { environment: 'PASSWORD' } };
  const configuration = {
    mode: 'hook' as const,
    url: lab.api.url,
    hookPath: '/hook',
    loginTimeoutMs: 10_000,
    requestTimeoutMs: 20_000,
    fences: 'none' as const,
    watch: false,
    signed: false,
    ...rest,
    limits: { perMaster: 10, perMinion: 1, perJob: 50 },
    secret: { environment: 'SECRET' },
    api: withApi ? api : undefined,
  };
  return createSaltBackend(configuration, { environment: { SECRET: secret, PASSWORD: lab.api.password } });
}

let lastNumber = Date.now();

/** An order as the engine makes it, with a fresh attempt and the next fence. */
export function orderOf(action: string, changes: Partial<AttemptOrder> = {}): AttemptOrder {
  lastNumber += 1;
  const effect = action === 'salt.service.restart' ? 'disrupts' : 'repairs';
  return {
    attempt: `attempt-${lastNumber}`,
    resource: 'rethinkdb/main',
    incident: `incident-${lastNumber}`,
    step: action,
    action,
    effect,
    arguments: action.startsWith('salt.service.') ? { service: 'rethinkdb' } : {},
    target: { select: 'failing-nodes' },
    targets: ['db1'],
    resolved: true,
    fence: { authority: 'test', generation: 1, number: lastNumber },
    notAfter: Date.now() + 15_000,
    deadlineAt: Date.now() + 60_000,
    ...changes,
  };
}

export interface RecordedContext extends DispatchContext {
  readonly references: string[];
  readonly controller: AbortController;
}

export function contextOf(): RecordedContext {
  const references: string[] = [];
  const controller = new AbortController();
  return {
    references,
    controller,
    signal: controller.signal,
    now: () => Date.now(),
    onReference: (reference) => references.push(reference),
  };
}
