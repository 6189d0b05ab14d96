import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, keepAllBelow, signalGroup, spawnKept } from '@prunella/labs';
import { expect, onTestFinished } from 'vitest';
import { programsIn } from '../commands/programs.ts';
import { root } from './key-tables.ts';

export interface Walk {
  readonly page: string;
  /** Ports that the page names; others are taken in their place. */
  readonly ports: readonly string[];
  /** What cannot be had here, and what stands for it. Each must be on the page. */
  readonly standIns: readonly { readonly line: RegExp; readonly by: string }[];
  readonly deadlineMs: number;
}

export interface Walked {
  /** What each `sh` block printed, in the order of the page. */
  readonly said: readonly string[];
  readonly home: string;
}

/** Runs all `sh` blocks of a page in one bash, in an empty home, with `npx prunella` from the sources. */
export async function walk({ page, ports, standIns, deadlineMs }: Walk): Promise<Walked> {
  const home = mkdtempSync(join(tmpdir(), 'prunella-walk-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 20 }));
  const blocks = blocksOf(page, 'sh');
  let text = blocks.map((block, index) => `echo '=== ${index + 1}'\n${block}`).join('\n');
  for (const { line, by } of standIns) {
    expect(text).toMatch(line);
    text = text.replace(line, () => by);
  }
  for (const port of ports) {
    expect(text).toContain(port);
    text = text.replaceAll(port, String(await freePort()));
  }
  writeFileSync(join(home, 'walk.sh'), `set -eo pipefail\n${text}`);
  const out = createWriteStream(join(home, 'said'));
  await once(out, 'open');
  const shell = spawnKept('bash', [join(home, 'walk.sh')], {
    cwd: home,
    env: { HOME: home, PATH: `${programsIn(home)}:${process.env['PATH']}` },
    stdio: ['ignore', out, out],
  });
  // The healer's runners and what they supervise are groups of their own, and outlive it.
  const endAll = keepAllBelow(home);
  onTestFinished(() => {
    if (shell.pid !== undefined) signalGroup(shell.pid, 'SIGKILL');
    endAll();
  });
  const exit = once(shell, 'exit', { signal: AbortSignal.timeout(deadlineMs) });
  const [status] = await exit.catch(() => [`not ended within ${deadlineMs} ms`]);
  const said = readFileSync(join(home, 'said'), 'utf8');
  expect(status, said).toBe(0);
  return { said: said.split(/^=== \d+\n/m).slice(1), home };
}

export function blocksOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  );
}
