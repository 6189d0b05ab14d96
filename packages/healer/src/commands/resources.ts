import { isResourceName } from '@prunella/protocol';
import { readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { countOption } from './count-option.ts';
import { CommandFailure } from './failure.ts';
import { askHealer, type HealerConnection } from './healer-client.ts';
import { printable, writeJson } from './output.ts';
import { readPages } from './read-pages.ts';
import { type ResourceAnswer, resourceAnswers } from './resource-answers.ts';
import { describeResource, listResources } from './resource-text.ts';
import { dependencyTree } from './resource-tree.ts';
import { unknownResource } from './unknown-resource.ts';

interface ResourcesOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly sick?: boolean;
  readonly limit?: number;
}

/** As many as one healer is meant for. */
const standardLimit = 10_000;
const instancesShown = 100;

export const resourcesCommand: CommandModule = {
  name: 'resources',
  register(program, io) {
    const command = program
      .command('resources')
      .description('list what is guarded and how it is; or tell all that is known of one')
      .argument('[resource]', 'the one to tell, such as postgres/main; with `*`, those to list')
      .option('--sick', 'only those that are not ok')
      .addOption(
        countOption('limit', `at most this many (${standardLimit} resources; ${instancesShown} instances)`),
      );
    addConnectionOptions(command).action(async (name: string | undefined, options: ResourcesOptions) => {
      const connection = await connect(options, io);
      if (name === undefined || name.includes('*')) await list(connection, name, options, io);
      else await tell(connection, name, options, io);
    });
  },
};

async function list(
  connection: HealerConnection,
  match: string | undefined,
  options: ResourcesOptions,
  io: CommandIo,
): Promise<void> {
  const { items, more } = await readPages(
    connection,
    'v1/resources',
    match === undefined ? {} : { match },
    resourceAnswers.resources,
    options.limit ?? standardLimit,
  );
  const resources = options.sick === true ? items.filter(({ state }) => state !== 'ok') : items;
  if (options.json === true) {
    writeJson(io.stdout, { resources, more });
    return;
  }
  if (resources.length > 0) io.stdout.write(listResources(resources, io, Date.now()));
  else io.stdout.write(`${nothingText(match, items.length)}\n`);
  if (more) io.stderr.write(`there are more than ${items.length}: ask for them with --limit\n`);
}

function nothingText(match: string | undefined, known: number): string {
  if (known > 0) return known === 1 ? 'The one resource is ok.' : `All ${known} resources are ok.`;
  return match === undefined
    ? 'The healer knows no resource yet: declare one in prunella.yaml under `resources:`.'
    : `No resource matches ${printable(match)}.`;
}

async function tell(
  connection: HealerConnection,
  name: string,
  options: ResourcesOptions,
  io: CommandIo,
): Promise<void> {
  const resource = await readResource(connection, name, options.limit ?? instancesShown);
  if (options.json === true) {
    writeJson(io.stdout, resource);
    return;
  }
  const tree = await dependencyTree(resource, (other) => askResource(connection, other, 1));
  io.stdout.write(describeResource(resource, tree, io, Date.now()));
}

/** With instances up to the limit, which the healer gives page by page. */
async function readResource(
  connection: HealerConnection,
  name: string,
  most: number,
): Promise<ResourceAnswer> {
  if (!isResourceName(name)) throw await unknown(connection, name);
  const first = await askResource(connection, name, Math.min(500, most)).catch(async (error: unknown) => {
    throw error instanceof CommandFailure && error.code === 'not-found'
      ? await unknown(connection, name)
      : error;
  });
  const instances = [...first.instances];
  let { next } = first;
  while (next !== undefined && instances.length < most) {
    const page = await askResource(connection, name, Math.min(500, most - instances.length), next);
    instances.push(...page.instances);
    next = page.next;
  }
  const { next: _, ...rest } = first;
  return next === undefined ? { ...rest, instances } : { ...rest, instances, next };
}

async function askResource(
  connection: HealerConnection,
  name: string,
  limit: number,
  cursor?: string,
): Promise<ResourceAnswer> {
  const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
  const [kind = '', ...rest] = name.split('/');
  const path = `v1/resources/${encodeURIComponent(kind)}/${encodeURIComponent(rest.join('/'))}?${query}`;
  return readAnswer(resourceAnswers.resource, await askHealer(connection, 'GET', path));
}

async function unknown(connection: HealerConnection, name: string): Promise<CommandFailure> {
  const { items } = await readPages(connection, 'v1/resources', {}, resourceAnswers.resources, standardLimit);
  return unknownResource(
    name,
    items.map(({ resource }) => resource),
  );
}
