import { dependenciesOf } from '../backends/process/configuration.ts';
import { startOrder } from '../backends/process/dependencies.ts';
import { type FoundRunner, findRunners, stopProcessService } from '../backends/process/stop-services.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { processFolder } from '../healer/configured-backends.ts';
import { lookAtLock } from '../store/store-lock.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationOption } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { printable, writeJson } from './output.ts';
import { servicesConfiguration } from './services-configuration.ts';
import { orFailure } from './store-folder.ts';

interface ServicesOptions {
  readonly config?: string;
  readonly json?: boolean;
}

interface StopOptions extends ServicesOptions {
  readonly all?: boolean;
}

export const servicesCommand: CommandModule = {
  name: 'services',
  register(program, io) {
    const services = program
      .command('services')
      .description('list the services of this host that are supervised, also while no healer runs')
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nRun it as the user of the healer, on its host.\n\nExit status: 0 told, 1 failed, 2 wrong usage or configuration.',
      )
      .action(async (options: ServicesOptions) => list(options, io));
    services
      .command('stop')
      .description('end services of this host, and their runners, which go on when a healer ends')
      .argument('[services...]', 'their names, as `prunella services` tells them')
      .option('--all', 'all of them')
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nStop the healer first: it would start them again. What depends on another ends before it.\nThe next `prunella up` starts those that are declared.\n\nExit status: 0 ended, 1 a healer runs or one could not be ended, 2 wrong usage or configuration.',
      )
      .action(async (names: string[], _: StopOptions, command: { optsWithGlobals(): StopOptions }) =>
        stop(names, command.optsWithGlobals(), io),
      );
  },
};

async function list(options: ServicesOptions, io: CommandIo): Promise<void> {
  const configuration = await servicesConfiguration(options.config, io);
  const declared = Object.keys(configuration.backends.process?.services ?? {});
  const found = await findRunners(processFolder(configuration));
  const alive = new Map(found.map((runner) => [runner.service, runner]));
  const services = [...new Set([...declared, ...alive.keys()])].map((service) => {
    const runner = alive.get(service);
    const status = runner?.status ?? null;
    return {
      service,
      declared: declared.includes(service),
      state: runner === undefined ? 'no-runner' : (status?.state ?? 'no-answer'),
      pid: status?.pid ?? null,
      runnerPid: status?.runnerPid ?? null,
      detail: describe(service, runner),
    };
  });
  if (options.json === true) {
    writeJson(io.stdout, { services });
    return;
  }
  if (services.length === 0) io.stdout.write('No service is declared, and none is supervised.\n');
  for (const service of services) {
    const stray = service.declared ? '' : '; it is not declared any more';
    io.stdout.write(`${printable(`${service.detail}${stray}`)}\n`);
  }
}

function describe(service: string, runner: FoundRunner | undefined): string {
  if (runner === undefined) return `${service} is not supervised: its runner does not live`;
  const { status } = runner;
  if (status === null) return `the runner of ${service} takes connections and does not answer`;
  return `${status.detail}, under its runner (pid ${status.runnerPid})`;
}

async function stop(names: readonly string[], options: StopOptions, io: CommandIo): Promise<void> {
  if (names.length === 0 && options.all !== true) {
    throw new CommandFailure(2, 'usage', 'no service is named', 'name services, or write --all');
  }
  const configuration = await servicesConfiguration(options.config, io);
  const { folder } = configuration.store;
  const { held } = await orFailure(lookAtLock(folder));
  if (held) {
    throw new CommandFailure(
      1,
      'healer-runs',
      `a healer runs on the store in ${folder}, and would start them again`,
      'end it first; `prunella doctor` says which process it is',
    );
  }
  const stateFolder = processFolder(configuration);
  const alive = (await findRunners(stateFolder)).map(({ service }) => service);
  const unknown = names.find((name) => !alive.includes(name));
  if (unknown !== undefined) {
    throw new CommandFailure(
      2,
      'unknown-service',
      `no runner of a service ${unknown} lives (there are: ${alive.join(', ') || 'none'})`,
      null,
    );
  }
  const meant = lastFirst(configuration, options.all === true ? alive : names);
  const stopped: string[] = [];
  const failed: string[] = [];
  for (const service of meant) {
    const isGone = await stopProcessService(stateFolder, service, io.interrupted);
    (isGone ? stopped : failed).push(service);
  }
  if (options.json === true) writeJson(io.stdout, { stopped, failed });
  else {
    if (meant.length === 0) io.stdout.write('No service is supervised.\n');
    for (const service of stopped) io.stdout.write(`${service} and its runner have ended.\n`);
    for (const service of failed)
      io.stdout.write(`The runner of ${service} did not say that it has ended: look whether it is stuck.\n`);
  }
  if (failed.length > 0) io.setExitCode(1);
}

/** What depends on another before it; what is not declared any more before all. */
function lastFirst(configuration: Configuration, services: readonly string[]): readonly string[] {
  const order = startOrder(dependenciesOf(configuration.backends.process?.services ?? {}));
  const rank = (service: string): number => {
    const index = order.indexOf(service);
    return index < 0 ? order.length : index;
  };
  return [...new Set(services)].sort((left, right) => rank(right) - rank(left));
}
