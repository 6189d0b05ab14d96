import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSecret } from './secret.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-secret-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a secret', () => {
  it('is read from the environment', async () => {
    expect(await readSecret({ environment: 'TOKEN' }, { TOKEN: ' kept as it is ' })).toBe(' kept as it is ');
  });

  it('is read from a file each time, without the line break at its end', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'first\n');
    expect(await readSecret({ file }, {})).toBe('first');
    await writeFile(file, 'second\r\n');
    expect(await readSecret({ file }, {})).toBe('second');
  });

  it('that is missing is an error that says where it was looked for and what to do', async () => {
    await expect(readSecret({ environment: 'TOKEN' }, { TOKEN: '' })).rejects.toMatchObject({
      code: 'secret-not-set',
      message: expect.stringContaining('TOKEN is not set: set it'),
    });
    const file = join(folder, 'none');
    await expect(readSecret({ file }, {})).rejects.toMatchObject({
      code: 'secret-file-unreadable',
      message: expect.stringContaining(`${file} cannot be read (ENOENT)`),
    });
    await writeFile(file, '\n');
    await expect(readSecret({ file }, {})).rejects.toMatchObject({ code: 'secret-empty' });
    await writeFile(file, 'x'.repeat(70_000));
    await expect(readSecret({ file }, {})).rejects.toMatchObject({ code: 'secret-too-long' });
  });
});
