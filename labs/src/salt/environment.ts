import { spawn } from 'node:child_process';
import { access, mkdir, open, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What Salt with salt-api and services under supervisor needs. */
export const saltRequirements = ['salt==3008.3', 'cherrypy==18.10.0', 'supervisor==4.3.0'] as const;
/** What the private virtual environment holds. Exact versions: a lab that changes by itself proves nothing. */
const requirements = [...saltRequirements, 'gitpython==3.2.1'] as const;

const markerName = 'prunella-salt.json';
const lockWaitMs = 600_000;
const outputKeptLength = 2_000;
const progressEveryMs = 5_000;

/** Where the workspace keeps its environment: git-ignored, made once. */
export const defaultSaltFolder = resolve(import.meta.dirname, '../../../.local/salt');

export interface SaltEnvironment {
  readonly folder: string;
  /** Holds `salt-master`, `salt-minion`, `salt-api`, `salt-call`, `supervisord`, `supervisorctl`, `python`. */
  readonly binFolder: string;
}

export interface InstallProgress {
  /** A line for a person. */
  readonly message: string;
}

export type SaltInstallErrorCode =
  | 'python-missing'
  | 'venv-failed'
  | 'pip-failed'
  | 'install-locked'
  | 'interrupted';

export class SaltInstallError extends Error {
  override readonly name = 'SaltInstallError';
  readonly code: SaltInstallErrorCode;

  constructor(code: SaltInstallErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The environment in `folder`, or null where there is none or one that was not finished. The marker file is
 * written last, so one that was interrupted is never taken for a whole one.
 */
export async function findSaltEnvironment(folder = defaultSaltFolder): Promise<SaltEnvironment | null> {
  try {
    const marker: unknown = JSON.parse(await readFile(join(folder, markerName), 'utf8'));
    if (JSON.stringify(marker) !== markerText()) return null;
    for (const program of ['salt-master', 'salt-minion', 'salt-api', 'supervisord', 'python']) {
      await access(join(folder, 'bin', program));
    }
  } catch {
    return null;
  }
  return { folder, binFolder: join(folder, 'bin') };
}

/**
 * Makes the environment (about 80 s and 300 MB) unless a whole one is there. What an interrupted run left is
 * removed first; an abort removes what this run made. Two processes at once: the second waits for the first.
 *
 * Throws `SaltInstallError`, whose message says what to do.
 */
export async function installSalt(
  folder = defaultSaltFolder,
  onProgress: (progress: InstallProgress) => void = () => {},
  options: { readonly signal?: AbortSignal; readonly python?: string } = {},
): Promise<SaltEnvironment> {
  const existing = await findSaltEnvironment(folder);
  if (existing) return existing;
  const signal = options.signal ?? new AbortController().signal;
  const release = await lock(`${folder}.lock`, onProgress, signal);
  try {
    return (
      (await findSaltEnvironment(folder)) ??
      (await make(folder, options.python ?? 'python3', onProgress, signal))
    );
  } finally {
    await release();
  }
}

async function make(
  folder: string,
  python: string,
  onProgress: (progress: InstallProgress) => void,
  signal: AbortSignal,
): Promise<SaltEnvironment> {
  await rm(folder, { recursive: true, force: true });
  try {
    await requirePython(python, signal);
    onProgress({ message: 'making a private Python environment for Salt' });
    const venv = await run(python, ['-m', 'venv', folder], signal);
    if (venv.code !== 0) {
      throw new SaltInstallError(
        'venv-failed',
        `"${python} -m venv" failed: ${venv.output.trim()}\nInstall Python's venv module (Debian, Ubuntu: apt install python3-venv) and run this again.`,
      );
    }
    onProgress({ message: 'installing Salt into it with pip (about 80 s, once)' });
    let toldAt = Number.NEGATIVE_INFINITY;
    const pip = await run(
      join(folder, 'bin', 'python'),
      [
        '-m',
        'pip',
        'install',
        '--disable-pip-version-check',
        '--no-input',
        '--progress-bar',
        'off',
        ...requirements,
      ],
      signal,
      (line) => {
        const found = /^(?:Collecting|Downloading|Installing|Building wheel) .*/.exec(line.trim());
        // Some 150 lines otherwise; a few show as well that it goes on.
        if (!found || performance.now() - toldAt < progressEveryMs) return;
        toldAt = performance.now();
        onProgress({ message: found[0].slice(0, 100) });
      },
    );
    if (pip.code !== 0) {
      throw new SaltInstallError(
        'pip-failed',
        `pip could not install ${requirements.join(', ')}:\n${pip.output.trim()}\nCheck that this machine reaches a Python package index (or set PIP_INDEX_URL), then run this again.`,
      );
    }
    await writeFile(join(folder, `${markerName}.new`), markerText());
    await rename(join(folder, `${markerName}.new`), join(folder, markerName));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return { folder, binFolder: join(folder, 'bin') };
}

async function requirePython(python: string, signal: AbortSignal): Promise<void> {
  const remedy =
    'Salt needs Python 3.9 or later. Install it (Debian, Ubuntu: apt install python3 python3-venv) and run this again.';
  let version: Finished;
  try {
    version = await run(
      python,
      ['-c', 'import sys; sys.exit(0 if sys.version_info >= (3, 9) else 9)'],
      signal,
    );
  } catch (error) {
    if (error instanceof SaltInstallError) throw error;
    throw new SaltInstallError('python-missing', `"${python}" was not found on the PATH. ${remedy}`);
  }
  if (version.code !== 0) throw new SaltInstallError('python-missing', `"${python}" is too old. ${remedy}`);
}

function markerText(): string {
  return JSON.stringify({ requirements });
}

interface Finished {
  readonly code: number | null;
  /** The end of what it printed. */
  readonly output: string;
}

/** Runs one command in a process group of its own; an abort ends the group. Rejects where it cannot start. */
async function run(
  command: string,
  parameters: readonly string[],
  signal: AbortSignal,
  onLine: (line: string) => void = () => {},
): Promise<Finished> {
  if (signal.aborted) throw interrupted();
  const child = spawn(command, [...parameters], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  };
  signal.addEventListener('abort', end);
  process.once('exit', end);
  let output = '';
  const take = (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    output = (output + text).slice(-outputKeptLength);
    for (const line of text.split('\n')) onLine(line);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  try {
    const code = await new Promise<number | null>((resolveCode, reject) => {
      child.once('error', reject);
      child.once('close', resolveCode);
    });
    if (signal.aborted) throw interrupted();
    return { code, output };
  } finally {
    signal.removeEventListener('abort', end);
    process.removeListener('exit', end);
  }
}

function interrupted(): SaltInstallError {
  return new SaltInstallError('interrupted', 'interrupted while installing Salt; nothing half-made was kept');
}

/** A lock file that names its holder: one left by a process that is gone is taken over. */
async function lock(
  path: string,
  onProgress: (progress: InstallProgress) => void,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true });
  const giveUpAt = Date.now() + lockWaitMs;
  let told = false;
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return () => unlink(path).catch(() => {});
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (await holderIsGone(path)) {
      await unlink(path).catch(() => {});
      continue;
    }
    if (signal.aborted) throw interrupted();
    if (Date.now() > giveUpAt) {
      throw new SaltInstallError(
        'install-locked',
        `another process has been installing Salt for ten minutes; if none is, remove ${path}`,
      );
    }
    if (!told) onProgress({ message: 'another process is installing Salt; waiting for it' });
    told = true;
    await delay(250);
  }
}

async function holderIsGone(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const holder = Number.parseInt(text, 10);
  if (!Number.isInteger(holder)) return false;
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
