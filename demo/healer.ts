import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './child.ts';
import type { Teardown } from './teardown.ts';

/** `prunella up`, as a user runs it, in a process of its own. */
export interface HealerProcess {
  readonly address: string;
  readonly reporterToken: string;
  readonly operatorToken: string;
  readonly operatorTokenFile: string;
}

export const prunellaProgram = join(import.meta.dirname, '..', 'packages', 'healer', 'src', 'bin.ts');

export async function startHealerProcess(
  configurationFile: string,
  teardown: Teardown,
): Promise<HealerProcess> {
  const ready = Promise.withResolvers<string>();
  const child = startChild({
    file: prunellaProgram,
    args: ['up', '--config', configurationFile, '--json'],
    onLine: ready.resolve,
  });
  // Before it is ready: it may start the database's runner at any moment.
  teardown.add(child.stop);
  void child.exited.then(() => ready.reject(new Error(`the healer did not start:\n${child.errors()}`)));
  const facts = readFacts(await ready.promise);
  return {
    address: facts.address,
    reporterToken: await readToken(facts.tokens.reporter),
    operatorToken: await readToken(facts.tokens.operator),
    operatorTokenFile: facts.tokens.operator,
  };
}

interface UpFacts {
  readonly address: string;
  readonly tokens: { readonly reporter: string; readonly operator: string };
}

function readFacts(line: string): UpFacts {
  const facts = JSON.parse(line) as Partial<UpFacts>;
  if (typeof facts.address === 'string' && facts.tokens !== undefined) {
    return { address: facts.address, tokens: facts.tokens };
  }
  throw new Error(`\`prunella up\` printed something else than its facts: ${line.slice(0, 300)}`);
}

async function readToken(place: string): Promise<string> {
  return (await readFile(place, 'utf8')).trim();
}
