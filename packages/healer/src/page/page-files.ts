import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** One file of the built page, as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** Null where packing makes it no smaller. */
  readonly packed: Buffer | null;
  /** With its quotes, as in the header. */
  readonly etag: string;
}

export interface PageFiles {
  readonly index: PageFile;
  /** By name below `/assets/`. Vite writes a hash of the content into each name. */
  readonly assets: ReadonlyMap<string, PageFile>;
}

/** The same from the sources and from the published package. */
const builtFolder = fileURLToPath(new URL('../../page/', import.meta.url));

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/** Beyond it the folder is not the page that we built. */
const fileLimit = 200;

const pack = promisify(gzip);

/**
 * Reads the whole built page into memory. What is asked for is then looked up by its name among what there is: no
 * path of a request reaches the file system. Null where the page has not been built.
 */
export async function readPageFiles(folder: string = builtFolder): Promise<PageFiles | null> {
  const index = await readPageFile(join(folder, 'index.html')).catch(nullWhereMissing);
  if (index === null) return null;
  const names = (await readdir(join(folder, 'assets'))).filter((name) => extname(name) in types);
  if (names.length > fileLimit) throw new Error(`${folder} holds ${names.length} files: it is not the page`);
  const assets = new Map<string, PageFile>();
  for (const name of names) assets.set(name, await readPageFile(join(folder, 'assets', name)));
  return { index, assets };
}

async function readPageFile(path: string): Promise<PageFile> {
  const body = await readFile(path);
  const packed = await pack(body, { level: 9 });
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return {
    type: types[extname(path)] ?? 'application/octet-stream',
    body,
    packed: packed.length < body.length ? packed : null,
    etag: `"${digest}"`,
  };
}

function nullWhereMissing(error: unknown): null {
  if (Object(error).code === 'ENOENT') return null;
  throw error;
}
