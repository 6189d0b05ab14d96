import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSaltEnvironment, installSalt } from '@prunella/labs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-environment-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Stands in for Python: what it does is written as a shell script. */
async function standIn(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** Makes `bin/python` of the environment another stand-in, which "installs" five empty programs. */
const makesEnvironment = (pip: string) => `
[ "$1" = -c ] && exit 0
[ "$2" = venv ] || exit 8
mkdir -p "$3/bin"
cat > "$3/bin/python" <<'END'
#!/bin/sh
${pip}
END
chmod +x "$3/bin/python"`;
const installs =
  'cd "$(dirname "$0")" && for name in salt-master salt-minion salt-api supervisord; do : > "$name"; done';

describe('the environment for Salt', () => {
  it('is made once, with its marker last, and found from then on', async () => {
    const python = await standIn('python', makesEnvironment(installs));
    const target = join(folder, 'salt');
    expect(await findSaltEnvironment(target)).toBeNull();
    const made = await installSalt(target, () => {}, { python });
    expect(made).toEqual({ folder: target, binFolder: join(target, 'bin') });
    expect(await findSaltEnvironment(target)).toEqual(made);
    expect(await installSalt(target, () => {}, { python: 'no-such-python' })).toEqual(made);
  });

  it('that was half written is not found, and is made anew', async () => {
    const python = await standIn('python', makesEnvironment(installs));
    const target = join(folder, 'salt');
    await mkdir(join(target, 'bin'), { recursive: true });
    await writeFile(join(target, 'bin', 'salt-master'), '');
    await writeFile(join(target, 'left-over'), '');
    expect(await findSaltEnvironment(target)).toBeNull();
    await installSalt(target, () => {}, { python });
    expect(await readdir(target)).not.toContain('left-over');
  });

  it('without Python: a sentence with the remedy', async () => {
    const target = join(folder, 'salt');
    await expect(installSalt(target, () => {}, { python: 'no-such-python' })).rejects.toMatchObject({
      code: 'python-missing',
      message: expect.stringContaining('apt install python3'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('where pip fails: what it said and the remedy, and nothing half-made stays', async () => {
    const python = await standIn('python', makesEnvironment('echo no route to index >&2; exit 1'));
    const target = join(folder, 'salt');
    await expect(installSalt(target, () => {}, { python })).rejects.toMatchObject({
      code: 'pip-failed',
      message: expect.stringMatching(/no route to index[\s\S]*PIP_INDEX_URL/),
    });
    expect(await readdir(folder)).toEqual(['python']);
  });

  it('interrupted: its processes end and nothing half-made stays', async () => {
    const pidFile = join(folder, 'pid');
    const python = await standIn(
      'python',
      makesEnvironment(`echo $$ > ${pidFile}; echo Collecting salt; exec sleep 600`),
    );
    const controller = new AbortController();
    const target = join(folder, 'salt');
    const installing = installSalt(
      target,
      ({ message }) => {
        if (message.startsWith('Collecting')) controller.abort();
      },
      { python, signal: controller.signal },
    );
    await expect(installing).rejects.toMatchObject({ code: 'interrupted' });
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow();
    expect((await readdir(folder)).sort()).toEqual(['pid', 'python']);
  });

  it('wanted twice at once is made once', async () => {
    const count = join(folder, 'count');
    const python = await standIn('python', makesEnvironment(`echo x >> ${count}; sleep 0.2; ${installs}`));
    const target = join(folder, 'salt');
    await Promise.all([1, 2, 3].map(() => installSalt(target, () => {}, { python })));
    expect(await readFile(count, 'utf8')).toBe('x\n');
  });
});
