import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { operatorToken, serve } from '../server/serve.ts';
import { root } from './key-tables.ts';

/** Those that end by themselves. */
function commandsIn(document: string): readonly string[] {
  const text = readFileSync(join(root, document), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks.filter((block) => block.startsWith('curl') && !block.includes('curl -sN'));
}

test.each(commandsIn('docs/http-api.md'))('what the document shows works: %s', async (command) => {
  const { engine, address } = await serve();
  for (let entry = 0; entry < 3; entry += 1) engine.write('postgres/main');
  const environment = { PATH: process.env['PATH'], HEALER: address, TOKEN: operatorToken };
  const { stdout } = await promisify(execFile)('bash', ['-ec', command], { env: environment });
  expect(stdout).toMatch(/^\{.*\}$/s);
});
