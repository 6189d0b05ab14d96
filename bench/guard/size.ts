import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { judged, type Row } from '../row.ts';

const kilobyte = 1_000;

/** What an application's bundle grows by: everything that the entry can reach, in one file. */
export async function measureSize(): Promise<Row[]> {
  const ours = await bundledBytes('@prunella/guard');
  const peer = await bundledBytes('cockatiel');
  return [
    judged({
      figure: '@prunella/guard, minified and gzipped',
      ours: ours / kilobyte,
      peer: peer / kilobyte,
      peerName: 'cockatiel, which has neither cache nor reconnect nor reporter',
      bar: { rule: 'at most', value: 8, from: 'fixed' },
      unit: 'KB',
    }),
  ];
}

async function bundledBytes(entry: string): Promise<number> {
  const bundle = await rolldown({
    input: fileURLToPath(import.meta.resolve(entry)),
    platform: 'node',
    external: /^node:/,
    resolve: { conditionNames: ['prunella-source', 'import', 'node', 'default'] },
  });
  try {
    const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
    return output.reduce((bytes, part) => bytes + (part.type === 'chunk' ? gzipped(part.code) : 0), 0);
  } finally {
    await bundle.close();
  }
}

function gzipped(code: string): number {
  return gzipSync(code, { level: 9 }).length;
}
