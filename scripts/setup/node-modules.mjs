// Plain JavaScript without imports from node_modules: it is what brings node_modules.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const oldestNode = 20;

// A terminal that was closed takes no more lines; that must not end us before what we started is stopped.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** A problem that a person can mend: printed as a sentence, without a stack. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Installs the npm packages where they are missing or older than the lock file, and answers with the
 * environment in which Node 24 (itself one of the packages) comes first on the PATH.
 */
export async function prepareNodeModules({ log = (line) => process.stderr.write(`${line}\n`) } = {}) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < oldestNode) {
    throw new SetupError(
      `Node ${process.versions.node} is too old: Prunella's workspace needs Node ${oldestNode} or later. Install one from your distribution or nodejs.org and run the same command again.`,
    );
  }
  const lock = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex');
  const marker = join(root, 'node_modules', '.prunella-installed');
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== digest) {
    log('Installing the npm packages of package-lock.json (about a minute the first time) ...');
    // Not `npm ci`: it refuses a lock file that lacks the optional binaries of platforms that a registry does not
    // carry. This installs the locked versions and writes neither file.
    await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
      what: 'npm install',
      remedy:
        'Look at the lines above; the network or the disk is the usual cause. Then run the same command again.',
      log,
    });
    mkdirSync(dirname(marker), { recursive: true });
    // Written last: an installation that was interrupted is done again.
    writeFileSync(marker, digest);
  }
  return environmentWithNode24();
}

export function environmentWithNode24() {
  const node = join(root, 'node_modules', 'node', 'bin');
  const bin = join(root, 'node_modules', '.bin');
  return { ...process.env, PATH: [node, bin, process.env.PATH ?? ''].join(delimiter) };
}

export const node24 = join(root, 'node_modules', 'node', 'bin', 'node');

/**
 * Brings the packages, then runs a TypeScript program of the workspace; its exit status becomes ours. `before`: what
 * else must be there, once the packages are. `folder`: where it runs, the workspace's own by default.
 */
export async function runOnNode24(file, words, before = async () => {}, folder = root) {
  try {
    const environment = await prepareNodeModules();
    await before();
    const nodeOptions = ['--conditions=prunella-source', '--disable-warning=ExperimentalWarning'];
    const { code, signal } = await inherit(node24, [...nodeOptions, join(root, file), ...words], {
      environment,
      cwd: folder,
    });
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  } catch (error) {
    failWith(error);
  }
}

const stillWorkingEveryMs = 10_000;

/** Runs a command in the foreground; rejects with a sentence where it does not end with 0. */
async function run(command, args, { what, remedy, log }) {
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 1_000);
  const timer = setInterval(() => log(`... still at it, ${seconds()} s`), stillWorkingEveryMs);
  try {
    const { code, signal, error, interrupted } = await inherit(command, args);
    if (error) throw new SetupError(`${what} could not be started: ${error.message}. ${remedy}`);
    if (code === 0) return;
    if (interrupted) throw new SetupError(`${what} was interrupted. The same command begins it again.`, 130);
    throw new SetupError(`${what} ended with ${signal ?? `exit status ${code}`}. ${remedy}`);
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs a command with this terminal and waits for it, and for its own clean-up where we are told to end. A
 * Ctrl-C at a terminal reaches the child twice, which it must bear; a signal to us alone reaches it once.
 */
export function inherit(command, args, { environment = process.env, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: environment, stdio: 'inherit' });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    let interrupted = false;
    const pass = (signal) => {
      interrupted = true;
      child.kill(signal);
    };
    for (const signal of signals) process.on(signal, pass);
    const done = (result) => {
      for (const signal of signals) process.off(signal, pass);
      resolve({ ...result, interrupted });
    };
    child.once('error', (error) => done({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => done({ code, signal, error: null }));
  });
}

/** The end of every script here: a `SetupError` is a sentence, anything else keeps its stack. */
export function failWith(error) {
  process.stderr.write(
    error instanceof SetupError ? `prunella: ${error.message}\n` : `${error?.stack ?? error}\n`,
  );
  process.exitCode = error instanceof SetupError ? error.exitCode : 1;
}
