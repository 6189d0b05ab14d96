import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const built = new URL('../../packages/healer/page/', import.meta.url);

/** What a browser must have before the page shows anything, packed, in bytes: what a file names statically, and so on. */
export function firstLoadBytes(): number {
  const sizes = new Map<string, number>();
  const waiting = ['index.html'];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (sizes.has(name)) continue;
    const bytes = readFileSync(fileURLToPath(new URL(name, built)));
    sizes.set(name, gzipSync(bytes, { level: 9 }).length);
    waiting.push(...namedBy(name, bytes.toString('utf8')));
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function namedBy(name: string, text: string): readonly string[] {
  if (name.endsWith('.html')) {
    return Array.from(text.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g), ([, path = '']) => path);
  }
  return Array.from(text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g), ([, path]) => `assets/${path}`);
}
