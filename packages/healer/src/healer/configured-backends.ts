import { join } from 'node:path';
import type { Backend } from '../backends/backend.ts';
import { GuardBackend } from '../backends/guard/guard-backend.ts';
import { createHttpBackend } from '../backends/http/create-http-backend.ts';
import { createProcessBackend } from '../backends/process/process-backend.ts';
import { createRethinkdbBackend } from '../backends/rethinkdb/create-rethinkdb-backend.ts';
import { createSaltBackend } from '../backends/salt/create-salt-backend.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Environment } from '../configuration/secret.ts';
import { createOutgoing } from '../outgoing/outgoing.ts';
import type { Source } from '../sources/source.ts';
import { Closers } from './closers.ts';

export interface ConfiguredBackends {
  readonly backends: readonly Backend[];
  /** What the backends themselves see, such as the exit of a service. */
  readonly sources: readonly Source[];
  close(): Promise<void>;
}

/** Makes the backends that the configuration names. Connects to nothing yet. */
export function configuredBackends(
  configuration: Configuration,
  environment: Environment,
  onFault: (error: unknown, doing: string) => void,
): ConfiguredBackends {
  const closers = new Closers();
  const backends: Backend[] = [new GuardBackend()];
  const sources: Source[] = [];
  const { salt, process, rethinkdb, http } = configuration.backends;
  if (salt !== undefined) {
    const backend = createSaltBackend(salt, {
      environment,
      nodes: declaredTargets(configuration),
      onProblem: (text) => onFault(new Error(text), "following Salt's event bus"),
    });
    backends.push(backend);
    if (backend.watch !== null) sources.push(backend.watch);
    closers.add(() => backend.close());
  }
  if (process !== undefined) {
    const backend = createProcessBackend(process, {
      stateFolder: processFolder(configuration),
      nodes: declaredTargets(configuration),
      onProblem: (text) => onFault(new Error(text), 'supervising local services'),
    });
    backends.push(backend);
    sources.push(backend.exits);
    closers.add(() => backend.close());
  }
  if (rethinkdb !== undefined) {
    const backend = createRethinkdbBackend(rethinkdb, { environment });
    backends.push(backend);
    closers.add(() => backend.close());
  }
  if (http !== undefined) {
    const backend = createHttpBackend(http, { environment, send: createOutgoing(configuration.outgoing) });
    backends.push(backend);
    closers.add(() => backend.close());
  }
  return { backends, sources, close: () => closers.close() };
}

/** Where the runners of local services keep their records. */
export function processFolder({ store }: Configuration): string {
  return join(store.folder, 'process');
}

function declaredTargets(configuration: Configuration) {
  return Object.entries(configuration.resources).flatMap(([resource, { nodes }]) =>
    Object.entries(nodes).flatMap(([node, { target }]) =>
      target === undefined ? [] : [{ resource, node, target }],
    ),
  );
}
