import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { spawnKept } from './children.ts';
import { findBinary } from './find-binary.ts';

/**
 * Debian starts a package's service at once unless this file says no. It is only there while dpkg runs, and
 * one that was there before stays as it is.
 */
const installScript = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
fi
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-download "$1"
`;

/**
 * Installs a Debian package by apt-get, its own service not started. False where that cannot be done here;
 * the last progress line says why.
 */
export async function ensureDebianPackage(
  name: string,
  onProgress: (line: string) => void,
): Promise<boolean> {
  if (findBinary('apt-get') === null || process.getuid?.() !== 0) {
    onProgress(`${name} is not installed, and only root can install it by apt-get: going on without it`);
    return false;
  }
  onProgress(`Downloading ${name} by apt-get`);
  if (!(await download(name))) {
    onProgress('Refreshing the lists of apt-get');
    await run('apt-get', ['update']);
    if (!(await download(name))) {
      onProgress(`apt-get could not download ${name}: going on without it`);
      return false;
    }
  }
  onProgress(`Installing ${name}`);
  // Not ended with this process: an interrupted dpkg would leave the machine's packages half configured.
  const installer = spawn('/bin/sh', ['-c', installScript, 'sh', name], { detached: true, stdio: 'ignore' });
  const [code] = await once(installer, 'exit');
  if (code !== 0) onProgress(`apt-get could not install ${name} (status ${code}): going on without it`);
  return code === 0;
}

function download(name: string): Promise<boolean> {
  return run('apt-get', ['install', '-y', '--no-install-recommends', '--download-only', name]);
}

async function run(command: string, args: readonly string[]): Promise<boolean> {
  const child = spawnKept(command, args, {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  child.ref();
  const [code] = await once(child, 'exit');
  return code === 0;
}
