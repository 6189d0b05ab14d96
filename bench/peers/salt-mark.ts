import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formulaFolder, type SaltLab, startSalt } from '@prunella/labs';

/** Of the orders one after the other, and of those that come together: what was done to one holds nobody at the other. */
export const minions = { alone: 'db1', together: 'db2' } as const;

/** The clock of Node's `process.hrtime`, which all processes of a machine share. */
const module = (marks: string) => `
import os
import time


def mark(id):
    """The first thing that it does is to look at the clock."""
    at = time.monotonic_ns()
    handle = os.open(${JSON.stringify(marks)}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, "{} {}\\n".format(id, at).encode())
    os.close(handle)
    return True
`;

/** As Salt's documentation of its reactor has it: a template that calls a function on a minion. */
const reaction = `
mark:
  local.bench.mark:
    - tgt: {{ data['post']['minion'] }}
    - args:
      - id: {{ data['post']['id'] }}
`;

/** A Salt with two minions and a function there that notes when it begins. */
export interface MarkedSalt {
  readonly lab: SaltLab;
  /** When the function began, by id, ms on the clock of `now`; each start. */
  marks(): Promise<ReadonlyMap<string, readonly number[]>>;
}

export async function startMarkedSalt(folder: string, ids: readonly string[]): Promise<MarkedSalt> {
  const marks = join(folder, 'marks');
  const modules = join(folder, 'modules');
  const reactor = join(folder, 'mark.sls');
  await mkdir(modules, { recursive: true });
  await writeFile(join(modules, 'bench.py'), module(marks));
  await writeFile(reactor, reaction);
  const lab = await startSalt({
    folder: join(folder, 'salt'),
    minions: Object.values(minions),
    allow: [{ function: 'bench.mark', kwargs: { id: [...ids] } }],
    masterConfiguration: { reactor: [{ 'salt/netapi/hook/mark': [reactor] }] },
    minionConfiguration: () => ({ module_dirs: [join(formulaFolder, '_modules'), modules] }),
  });
  return {
    lab,
    marks: async () => {
      const text = await readFile(marks, 'utf8').catch(() => '');
      const found = new Map<string, number[]>();
      // What ends without a line's end is being written.
      for (const line of text.split('\n').slice(0, -1)) {
        const [id = '', nanoseconds] = line.split(' ');
        found.set(id, [...(found.get(id) ?? []), Number(nanoseconds) / 1e6]);
      }
      return found;
    },
  };
}

/** The same clock as that of the marks, ms. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
