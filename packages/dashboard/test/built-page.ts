import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../../scripts/build-page.mjs', import.meta.url));

export const builtFolder = fileURLToPath(new URL('../../healer/page/', import.meta.url));

/** Builds the page where its sources are newer. */
export async function buildPage(): Promise<void> {
  await promisify(execFile)(process.execPath, [script]);
}
