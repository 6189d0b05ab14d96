import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinary, freePort, signalGroup, spawnKept, waitFor } from '@prunella/labs';
import { Sender } from '../healer/send.ts';
import { SpokenLines } from './spoken-lines.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Exact versions: a peer that changes by itself compares nothing. */
const requirements = ['ansible-rulebook==1.3.2', 'ansible-core==2.19.14'] as const;
const folder = fileURLToPath(new URL('../../.local/ansible-rulebook/', import.meta.url));
const marker = join(folder, 'prunella-bench.json');
const leastJava = 17;
const startDeadlineMs = 120_000;
const path = '/endpoint';

/** Answers with the folder of its programs, or with the reason why it cannot be had here. */
export async function installAnsibleRulebook(
  say: (line: string) => void,
): Promise<{ readonly binFolder: string } | { readonly why: string }> {
  const java = await javaVersion();
  if (java === null || java < leastJava) {
    const found = java === null ? 'none is here' : `here is ${java}`;
    return { why: `it needs Java ${leastJava} or later (Debian: openjdk-17-jre-headless); ${found}` };
  }
  const binFolder = join(folder, 'bin');
  const wanted = JSON.stringify({ requirements });
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) return { binFolder };
  await rm(folder, { recursive: true, force: true });
  say('installing ansible-rulebook into .local/ansible-rulebook (about 60 s, once) ...');
  const venv = await run('python3', ['-m', 'venv', folder]);
  if (venv !== null) return { why: `python3 -m venv failed: ${venv}` };
  const pip = await run(join(binFolder, 'python'), [
    ...['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'],
    ...requirements,
  ]);
  if (pip !== null) return { why: `pip could not install ${requirements.join(', ')}: ${pip}` };
  await writeFile(marker, wanted);
  return { binFolder };
}

async function javaVersion(): Promise<number | null> {
  const java = findBinary('java');
  if (java === null) return null;
  const child = spawn(java, ['-version'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  const major = /version "(\d+)/.exec(text)?.[1];
  return major === undefined ? null : Number(major);
}

/** Null where it ended well, otherwise the end of what it said. */
async function run(command: string, args: readonly string[]): Promise<string | null> {
  const child = spawnKept(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.ref();
  let text = '';
  const take = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-1_000);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      text = error.message;
      resolve(null);
    });
    child.once('close', resolve);
  });
  return code === 0 ? null : text.trim();
}

/** `act` is its cheapest action that can be seen from outside, `play` the one that it is made for. */
const rulebook = (port: number) => `
- name: bench
  hosts: all
  sources:
    - eda.builtin.webhook: { host: 127.0.0.1, port: ${port} }
  rules:
    - name: act
      condition: event.payload.kind == "act"
      action: { debug: { msg: "started {{ event.payload.id }}" } }
    - name: play
      condition: event.payload.kind == "play"
      action: { run_playbook: { name: play.yml, extra_vars: { id: "{{ event.payload.id }}" } } }
`;

const playbook = (folder: string) => `
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.shell: "echo {{ id }} >> ${folder}/marks; sleep 0.5"
`;

/** One ansible-rulebook with a webhook as its source. */
export class AnsibleRulebook {
  readonly #binFolder: string;
  readonly #folder: string;
  readonly #port: number;
  #pid = 0;
  lines = new SpokenLines(null);

  private constructor(binFolder: string, folder: string, port: number) {
    this.#binFolder = binFolder;
    this.#folder = folder;
    this.#port = port;
  }

  static async start(binFolder: string): Promise<AnsibleRulebook> {
    const folder = await temporaryFolder();
    const one = new AnsibleRulebook(binFolder, folder, await freePort());
    await writeFile(join(folder, 'rulebook.yml'), rulebook(one.#port));
    await writeFile(join(folder, 'play.yml'), playbook(folder));
    const local = { ansible_connection: 'local', ansible_python_interpreter: join(binFolder, 'python') };
    await writeFile(join(folder, 'inventory.yml'), JSON.stringify({ all: { hosts: { localhost: local } } }));
    try {
      await one.start();
    } catch (error) {
      await one.stop();
      throw error;
    }
    return one;
  }

  /** Again after `kill`, on the same port. */
  async start(): Promise<void> {
    const { PATH: paths = '', JAVA_HOME: javaHome } = process.env;
    const child = spawnKept(
      join(this.#binFolder, 'ansible-rulebook'),
      ['--rulebook', 'rulebook.yml', '--inventory', 'inventory.yml'],
      {
        cwd: this.#folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          PATH: `${this.#binFolder}:${paths}`,
          PYTHONUNBUFFERED: '1',
          ...(javaHome === undefined ? {} : { JAVA_HOME: javaHome }),
        },
      },
    );
    child.once('error', () => {});
    child.stderr?.resume();
    this.#pid = child.pid ?? 0;
    this.lines = new SpokenLines(child.stdout);
    const sender = this.sender(1);
    try {
      await waitFor(
        async () => {
          if (child.exitCode !== null) return 'ended';
          await sender.post(path, JSON.stringify({ kind: 'none', id: '' }));
          return 'serving';
        },
        { what: 'ansible-rulebook to take events', deadlineMs: startDeadlineMs, everyMs: 100 },
      ).then((state) => {
        if (state === 'ended') throw new Error(`ansible-rulebook ended with ${child.exitCode}`);
      });
    } finally {
      sender.close();
    }
  }

  sender(connections: number): Sender {
    return new Sender(`http://127.0.0.1:${this.#port}`, 'none', connections);
  }

  send(sender: Sender, kind: 'act' | 'play' | 'none', id: string): Promise<void> {
    return sender.post(path, JSON.stringify({ kind, id }));
  }

  /** Of which the playbook was begun, as often as it was. */
  async marks(): Promise<readonly string[]> {
    const text = await readFile(join(this.#folder, 'marks'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  /** SIGKILL to all of it. Playbooks that run already are sessions of their own, and go on to their end. */
  kill(): void {
    if (this.#pid !== 0) signalGroup(this.#pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    this.kill();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
