import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findSchemathesis, notRun } from '@prunella/labs';
import { expect, test } from 'vitest';
import { takesKey } from '../../src/server/keyed-requests.ts';
import type { RouteDeclaration } from '../../src/server/route.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { realServer, tokensByRole } from './real-server.ts';

/** Requests of each kind to each route by each caller; `PRUNELLA_SCHEMATHESIS_EXAMPLES` asks for more, and for edges. */
const given = process.env['PRUNELLA_SCHEMATHESIS_EXAMPLES'];
const examples = Number(given ?? 2);
const phases = given === undefined ? 'fuzzing' : 'coverage,fuzzing';

/** They are held open; what they answer before that is in the tests of each. */
const heldOpen = '^/v1/(stream|log/stream|presence|directives)$';

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/**
 * What OpenAPI cannot say: whether a cursor is of its list, only the healer knows; which resources have a playbook,
 * whoever wrote its configuration; which keys are taken, whoever sent them before.
 */
function configurationFor(declarations: readonly RouteDeclaration[]): string {
  const paged = declarations.filter(({ query }) => query !== undefined && 'cursor' in query.shape);
  const telling = declarations.filter(({ problems }) => problems?.includes('signal-refused') === true);
  const unprocessable = declarations.filter((one) => telling.includes(one) || takesKey(one));
  return [acceptance(paged, '400'), acceptance(unprocessable, '422')].join('\n');
}

function acceptance(declarations: readonly RouteDeclaration[], refusal: string): string {
  return `[[operations]]
include-operation-id = ${JSON.stringify(declarations.map(({ id }) => id))}
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "${refusal}", "401", "403", "404", "409"]
`;
}

async function schemathesis(
  program: string,
  address: string,
  token: string | null,
  configurationFile: string,
): Promise<Ran> {
  const parameters = [
    `--config-file=${configurationFile}`,
    'run',
    `${address}/v1/openapi.json`,
    ...(token === null ? [] : ['--header', `Authorization: Bearer ${token}`]),
    `--phases=${phases}`,
    `--max-examples=${examples}`,
    '--checks=all',
    `--exclude-path-regex=${heldOpen}`,
    '--request-timeout=10',
    '--continue-on-failure',
    '--no-color',
    '--seed=1',
  ];
  try {
    const { stdout } = await promisify(execFile)(program, parameters, {
      // It leaves what it remembers in the folder where it runs.
      cwd: dirname(configurationFile),
      maxBuffer: 64 * 1_048_576,
    });
    return { code: 0, output: stdout };
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && 'code' in error && typeof error.code === 'number') {
      return { code: error.code, output: String(error.stdout) };
    }
    throw error;
  }
}

test.for<[string, string | null]>([['nobody', null], ...Object.entries(tokensByRole)])(
  'what is made up from its OpenAPI finds nothing that the server does not declare, asked by %s',
  async ([, token], context) => {
    const program = findSchemathesis() ?? notRun(context, 'needs schemathesis, which npm test installs');
    const { address, declarations, failures } = await realServer();
    const configurationFile = join(await temporaryFolder(), 'schemathesis.toml');
    await writeFile(configurationFile, configurationFor(declarations));
    const { code, output } = await schemathesis(program, address, token, configurationFile);
    expect(code, output).toBe(0);
    expect(failures).toEqual([]);
  },
);
