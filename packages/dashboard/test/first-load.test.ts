import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { buildPage, builtFolder } from './built-page.ts';

const mostBytes = 120 * 1024;

beforeAll(buildPage);

/** Files that the browser must have before the page shows anything: what a file names statically, and so on. */
function firstLoad(): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const waiting = ['index.html'];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (sizes.has(name)) continue;
    const text = readFileSync(join(builtFolder, name));
    sizes.set(name, gzipSync(text, { level: 9 }).length);
    waiting.push(...namedBy(name, text.toString('utf8')));
  }
  return sizes;
}

function namedBy(name: string, text: string): readonly string[] {
  const named = name.endsWith('.html')
    ? [...text.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1] ?? '')
    : [...text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)].map((match) => `assets/${match[1]}`);
  return named.filter((each) => each !== '');
}

test('the first load of the page is at most 120 KB, packed', () => {
  const sizes = firstLoad();
  expect([...sizes.keys()].some((name) => name.endsWith('.js'))).toBe(true);
  expect([...sizes.keys()].some((name) => name.endsWith('.css'))).toBe(true);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(bytes, JSON.stringify(Object.fromEntries(sizes))).toBeLessThanOrEqual(mostBytes);
});

test('nothing of the page is written inline, and nothing comes from elsewhere', () => {
  const html = readFileSync(join(builtFolder, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  expect(html).not.toMatch(/(?:src|href)="(?!\/assets\/)/);
});
