import { clearService } from '../backends/process/clear-service.ts';
import { dependenciesOf } from '../backends/process/configuration.ts';
import { dependantsOf } from '../backends/process/dependencies.ts';
import { findRunners } from '../backends/process/stop-services.ts';
import { processFolder } from '../healer/configured-backends.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationOption } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { printable, writeJson } from './output.ts';
import { servicesConfiguration } from './services-configuration.ts';

interface ClearOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** An order that is under way at the service goes first, and its start has to settle. */
const patienceMs = 120_000;

export const clearCommand: CommandModule = {
  name: 'clear',
  register(program, io) {
    program
      .command('clear')
      .description('end the maintenance of a service of this host, forget its failures, and start it')
      .argument('<service>', 'its name below backends.process.services')
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nRun it as the user of the healer, on its host; the healer need not run.\n\nExit status: 0 it runs, 1 it did not start, 2 wrong usage or configuration.',
      )
      .action(async (service: string, options: ClearOptions) => clear(service, options, io));
  },
};

async function clear(service: string, options: ClearOptions, io: CommandIo): Promise<void> {
  const configuration = await servicesConfiguration(options.config, io);
  const services = configuration.backends.process?.services ?? {};
  const declared = Object.keys(services);
  if (!declared.includes(service)) {
    const known = declared.length === 0 ? 'none is declared' : `declared: ${declared.join(', ')}`;
    throw new CommandFailure(2, 'unknown-service', `no service is named ${service} (${known})`, null);
  }
  const signal = AbortSignal.any([io.interrupted, AbortSignal.timeout(patienceMs)]);
  const result = await clearService(processFolder(configuration), service, signal).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(1, 'runner-unreachable', why, 'prunella up starts the runners of all services');
  });
  if (result === null) {
    throw new CommandFailure(1, 'no-answer', `the runner of ${service} did not say how it went`, null);
  }
  const started = result.outcome === 'succeeded';
  const dependants = dependantsOf(dependenciesOf(services), [service], 'error');
  const waiting = (await findRunners(processFolder(configuration)))
    .filter((runner) => runner.status?.state === 'waiting' && dependants.includes(runner.service))
    .map((runner) => runner.service);
  if (options.json === true) writeJson(io.stdout, { service, started, detail: result.detail, waiting });
  else {
    io.stdout.write(`${service}: ${printable(result.detail)}\n`);
    // No attempt is under way that would start them.
    for (const one of waiting) {
      io.stdout.write(`${one} was held for a repair and still waits: prunella clear ${one}\n`);
    }
  }
  if (!started) io.setExitCode(1);
}
