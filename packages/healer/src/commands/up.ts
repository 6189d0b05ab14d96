import type { LogEntry } from '@prunella/core';
import { renderProblem } from '@prunella/core';
import { SecretError } from '../configuration/secret.ts';
import type { BackendReport, Healer, HealerEvent } from '../healer/healer.ts';
import { HealerStartError } from '../healer/start-error.ts';
import { startHealer } from '../healer/start-healer.ts';
import { packageVersion } from '../healer/version.ts';
import { StoreError } from '../store/store-error.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { CommandIo, CommandModule, ExitCode } from './command.ts';
import { configurationOption, presentConfigurationFile } from './connection.ts';
import { describeEvent, describeNotification } from './describe-event.ts';
import { CommandFailure } from './failure.ts';
import { resumeOptimising } from './optimising.ts';
import { coloursFor, printable, timeText } from './output.ts';

interface UpOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly adminToken?: boolean;
}

/** For the first look at the backends; a healer with a backend that is away starts all the same. */
const healthTimeoutMs = 5_000;
/** For asking every declared target; nothing waits for it. */
const targetsTimeoutMs = 30_000;
/** For asking what goes on running; nobody who pressed Ctrl-C waits longer. */
const remainingTimeoutMs = 2_000;

export const upCommand: CommandModule = {
  name: 'up',
  register(program, io) {
    program
      .command('up')
      .description('run the healer until Ctrl-C or SIGTERM')
      .addOption(configurationOption())
      .option('--json', 'print one line of JSON when ready, then nothing')
      .option('--admin-token', "with --json: add the first admin's token, where there was none yet")
      .addHelpText(
        'after',
        '\nWhat happens is printed as it happens. The tokens that callers must show are made at the first start;\nthe healer says where they are. The first admin\u2019s token is shown once, where the output is a terminal; elsewhere\n`prunella tokens create` makes one, on the host of the healer and as its user.\n`prunella reload`, or SIGHUP where the output is no terminal, reads configuration and playbooks anew.\n\nExit status: 0 ended in order, 1 could not start, 2 wrong usage or configuration.',
      )
      .action(async (options: UpOptions) => up(options, io));
  },
};

async function up(options: UpOptions, io: CommandIo): Promise<void> {
  // A log that is full or ends must not end what heals.
  io.outliveOutput?.();
  const file = await presentConfigurationFile(options.config, io);
  const healer = await startHealer({
    configurationFile: file,
    environment: io.environment,
    whenHeld: 'refuse',
    onEvent: (event) => printEvent(event, io),
  }).catch((error: unknown) => {
    throw asFailure(error);
  });
  // From here on it answers, and what comes may be a flood.
  resumeOptimising();
  let remaining: readonly string[] = [];
  try {
    if (healer.engine === undefined) throw reportsElsewhere(file, healer);
    // Only an open port keeps the process alive otherwise, and a configuration may do without.
    const alive = setInterval(() => {}, 60_000);
    // Told by an event, whatever becomes of it.
    io.onHangUp?.(() => void healer.reload().catch(() => {}));
    const health = await healer.backendHealth(AbortSignal.timeout(healthTimeoutMs));
    if (options.json === true)
      io.stdout.write(`${JSON.stringify(asked(options, factsOf(file, healer, health), healer))}\n`);
    else {
      printFacts(file, healer, health, io);
      printFirstAdmin(healer, io);
      healer.engine.onLog((entry) => printEntry(entry, io));
      void warnOfSilentTargets(healer, io);
    }
    setImmediate(collectGarbage);
    await interruption(io.interrupted);
    clearInterval(alive);
    if (options.json !== true) remaining = await healer.remaining(AbortSignal.timeout(remainingTimeoutMs));
  } finally {
    await healer.stop();
  }
  if (remaining.length > 0) printRemaining(remaining, file, io);
}

async function warnOfSilentTargets(healer: Healer, io: CommandIo): Promise<void> {
  const { yellow } = coloursFor(io.stdout, io.environment);
  const signal = AbortSignal.any([io.interrupted, AbortSignal.timeout(targetsTimeoutMs)]);
  const silent = await healer.silentTargets(signal).catch(() => []);
  if (io.interrupted.aborted) return;
  for (const text of silent) io.stdout.write(`${yellow('warning:')} ${printable(text)}\n`);
}

/** Not without being asked: what reads JSON tends to write it down. */
function asked({ adminToken }: UpOptions, facts: ReturnType<typeof factsOf>, healer: Healer) {
  return adminToken === true ? { ...facts, adminToken: healer.makeFirstAdmin() } : facts;
}

/** Once, and to a person: what is no terminal may be a log that others read. */
function printFirstAdmin(healer: Healer, io: CommandIo): void {
  if (io.stdout.isTTY !== true) return;
  const secret = healer.makeFirstAdmin();
  if (secret === null) return;
  const { bold } = coloursFor(io.stdout, io.environment);
  io.stdout.write(
    `${bold('The first admin\u2019s token, shown this once:')} ${secret}\n` +
      `  Sign in with it at ${healer.address ?? ''}/ . \`prunella tokens\` makes others, and revokes this one.\n`,
  );
}

function printRemaining(remaining: readonly string[], file: string, io: CommandIo): void {
  for (const text of remaining) io.stdout.write(`${printable(text)}\n`);
  io.stdout.write(
    `The next \`prunella up\` finds this again. To end it, too: prunella services stop --all --config ${file}\n`,
  );
}

function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}

function reportsElsewhere(file: string, healer: Healer): CommandFailure {
  return new CommandFailure(
    2,
    'heals-elsewhere',
    `${file} names the healer at ${healer.address}, so there is nothing to run here`,
    'run `prunella up` on that host, or remove `healer:` from the configuration to heal here',
  );
}

const exitCodes: Readonly<Record<string, ExitCode>> = {
  'configuration-invalid': 2,
  'playbooks-invalid': 2,
};

/** What a person can act on becomes a sentence; anything else is a fault of ours and stays what it is. */
function asFailure(error: unknown): unknown {
  if (error instanceof HealerStartError || error instanceof StoreError || error instanceof SecretError) {
    return new CommandFailure(exitCodes[error.code] ?? 1, error.code, error.message, null, { cause: error });
  }
  return error;
}

function factsOf(file: string, healer: Healer, health: readonly BackendReport[]) {
  const { configuration, playbooks, warnings } = healer.plan;
  return {
    ready: true,
    version: packageVersion(),
    pid: process.pid,
    configuration: file,
    address: healer.address,
    socket: healer.socket,
    store: configuration.store.folder,
    tokens: healer.tokenPlaces,
    resources: Object.keys(configuration.resources),
    playbooks: playbooks.map(({ name, for: resources }) => ({ name, for: resources })),
    backends: health.map(({ backend, health: { ok, ...rest } }) => ({ backend, ok, ...rest })),
    warnings,
  };
}

function printFacts(file: string, healer: Healer, health: readonly BackendReport[], io: CommandIo): void {
  const { bold, yellow } = coloursFor(io.stdout, io.environment);
  const { configuration, playbooks, warnings } = healer.plan;
  const resources = Object.entries(configuration.resources);
  const rows: [string, string][] = [
    ['configuration', file],
    ['address', healer.address ?? 'none'],
    ...(healer.address === null ? [] : [pageRow(healer.address)]),
    ['local socket', healer.socket ?? 'none'],
    ['store', configuration.store.folder],
    ['resources', listOf(resources.map(([name, { nodes }]) => `${name} (${nodesText(nodes)})`))],
    ['playbooks', listOf(playbooks.map(({ name, for: matched }) => `${name} for ${matched}`))],
    ...health.map((report): [string, string] => [`backend ${report.backend}`, healthText(report)]),
    ...Object.entries(healer.tokenPlaces ?? {}).map(([role, place]): [string, string] => [
      `${role}'s token`,
      place,
    ]),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  io.stdout.write(`${bold(`prunella ${packageVersion()}`)}, process ${process.pid}\n`);
  for (const [label, text] of rows) io.stdout.write(`  ${label.padEnd(width)}  ${printable(text)}\n`);
  for (const warning of warnings) io.stdout.write(`${yellow(printable(renderProblem(warning)))}\n`);
  const { host } = configuration.server;
  if (!isLoopback(host)) {
    const note = `${host} can be reached from other hosts, without encryption: put a proxy with TLS before it`;
    io.stdout.write(`${yellow('note:')} ${note}\n`);
  }
  io.stdout.write('Ready. Ctrl-C stops it.\n');
}

function pageRow(address: string): [string, string] {
  return ['page', `${address}/ (prunella page opens it, signed in)`];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function nodesText(nodes: Readonly<Record<string, unknown>>): string {
  const count = Object.keys(nodes).length;
  return count === 1 ? 'one node' : `${count} nodes`;
}

function healthText({ health }: BackendReport): string {
  return health.ok ? `ok: ${health.detail}` : `${health.problem}: ${health.remedy}`;
}

/** The story as it happens. */
function printEntry(entry: LogEntry, io: CommandIo): void {
  const incident = entry.incident === null ? '' : ` [${entry.incident}]`;
  io.stdout.write(
    `${timeText(entry.at)}  ${printable(`${entry.resource}${incident}  ${describeEvent(entry.event)}`)}\n`,
  );
}

function printEvent(event: HealerEvent, io: CommandIo): void {
  const { red, yellow } = coloursFor(io.stderr, io.environment);
  if (event.type === 'reloaded') {
    io.stderr.write(`reloaded: ${printable(reloadedText(event.plan))}\n`);
    for (const warning of event.plan.warnings) {
      io.stderr.write(`${yellow(printable(renderProblem(warning)))}\n`);
    }
  } else if (event.type === 'reload-refused') {
    const text = `THE NEW CONFIGURATION IS REFUSED, the former one stays in force: ${textOf(event.error)}`;
    io.stderr.write(`${red(printable(text))}\n`);
  } else if (event.type === 'fault') {
    io.stderr.write(`${red('fault:')} ${printable(`${event.doing}: ${textOf(event.error)}`)}\n`);
  } else if (event.type === 'notification' && event.notification.needsPerson) {
    io.stderr.write(
      `${yellow('a person is needed:')} ${printable(describeNotification(event.notification))}\n`,
    );
  }
}

function reloadedText({ configuration, playbooks }: Healer['plan']): string {
  const resources = Object.keys(configuration.resources);
  return `resources ${listOf(resources)}; playbooks ${listOf(playbooks.map(({ name }) => name))}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
