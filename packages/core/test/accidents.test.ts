import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { accidents } from './accidents/accidents.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

async function harmWithout(guardrail: string, accident: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--conditions=prunella-source',
      '--import',
      path('../simulator/mutate-source.ts'),
      path('./accidents/live-one.ts'),
      accident,
    ],
    { env: { ...process.env, PRUNELLA_MUTANT: guardrail } },
  );
  return JSON.parse(stdout) as readonly string[];
}

describe('an accident that others had', () => {
  for (const { name, without, harm } of accidents) {
    it(`does not happen here: ${name}`, () => {
      expect(harm()).toEqual([]);
    });

    it(`happens without its guardrail (${without}): ${name}`, async () => {
      expect(await harmWithout(without, name)).not.toEqual([]);
    });
  }
});
