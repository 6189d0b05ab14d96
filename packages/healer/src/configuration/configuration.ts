import { lazySchema } from '@prunella/core';
import { z } from 'zod';
import { httpConfiguration } from '../backends/http/configuration.ts';
import { processConfiguration } from '../backends/process/configuration.ts';
import { rethinkdbConfiguration } from '../backends/rethinkdb/configuration.ts';
import { saltConfiguration } from '../backends/salt/configuration.ts';
import { drillsConfiguration } from '../drills/configuration.ts';
import { heartbeatConfiguration } from '../heartbeat/configuration.ts';
import { monitorsConfiguration } from '../monitors/configuration.ts';
import { notificationsConfiguration } from '../notify/configuration.ts';
import { outgoingConfiguration } from '../outgoing/configuration.ts';
import { serverConfiguration, tokensConfiguration } from '../server/configuration.ts';
import { sourcesConfiguration } from '../sources/configuration.ts';
import { storeConfiguration } from '../store/configuration.ts';
import { filePath, type PathBase } from './file-path.ts';
import { fleetConfiguration } from './fleet.ts';
import { resourcesConfiguration } from './resources.ts';
import { timingConfiguration } from './timing.ts';

/** The text form of `prunella.yaml`, put together from one fragment a room. */
export function configurationText(base: PathBase) {
  const path = filePath(base);
  return z.strictObject({
    store: storeConfiguration(base).prefault({}).describe("The healer's memory."),
    server: serverConfiguration().prefault({}).describe('Where applications and people reach it.'),
    tokens: tokensConfiguration(base).prefault({}).describe('Where the secrets are that callers must show.'),
    outgoing: outgoingConfiguration()
      .prefault({})
      .describe('Where the requests may go that the healer itself sends.'),
    heartbeat: heartbeatConfiguration(base)
      .prefault({})
      .describe('Who is told, again and again, that the healer works.'),
    playbooks: z
      .union([path, z.array(path).max(1_000)])
      .prefault('playbooks')
      .transform((paths) => (typeof paths === 'string' ? [paths] : paths))
      .describe('Folders and files with playbooks. Of a folder, the files that end in .yaml or .yml.'),
    resources: resourcesConfiguration(base).prefault({}).describe('By name, such as postgres/main.'),
    backends: z
      .strictObject({
        salt: saltConfiguration(base).optional().describe('Machines under Salt.'),
        process: processConfiguration(base).optional().describe('Services of this host.'),
        http: httpConfiguration(base).optional().describe('Repairs that other programs offer over HTTP.'),
        rethinkdb: rethinkdbConfiguration(base)
          .optional()
          .describe('Clusters whose dead members are declared dead.'),
      })
      .prefault({})
      .describe('What performs actions.'),
    sources: sourcesConfiguration(base)
      .prefault({})
      .describe('Programs that tell of trouble over HTTP, by name.'),
    monitors: monitorsConfiguration(base)
      .prefault({})
      .describe('Checks that the healer makes again and again, by name.'),
    drills: drillsConfiguration(base)
      .prefault({})
      .describe('What people may break on purpose, to see it healed, by name.'),
    fleet: fleetConfiguration().prefault({}).describe('What bounds all resources together.'),
    timing: timingConfiguration().prefault({}).describe('When evidence is trusted.'),
    notifications: notificationsConfiguration(base)
      .prefault({})
      .describe('Who is told when something breaks or needs a person.'),
    healer: z
      .strictObject({
        address: z
          .url({
            protocol: /^https?$/,
            error: 'must be an http or https address, such as http://10.0.0.5:7766',
          })
          .describe('Where the healer is that this host reports to.'),
      })
      .optional()
      .describe('Only on hosts that do not heal themselves.'),
  });
}

/** `prunella.yaml` after reading: absolute paths, durations in ms, every default filled in, no secret in it. */
export type Configuration = z.output<ReturnType<typeof configurationText>>;

/** The JSON Schema of `prunella.yaml` (draft 2020-12), for editors. Committed as `schema/prunella.json`. */
export function configurationJsonSchema(): Record<string, unknown> {
  const schema = lazySchema(() => configurationText({ folder: '/' }))();
  return {
    ...z.toJSONSchema(schema, { io: 'input' }),
    title: 'Prunella configuration',
    description: 'What the healer stores, listens on, checks, and may do.',
  };
}
