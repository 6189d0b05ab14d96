import { ensureDebianPackage } from './debian-package.ts';
import { findBinary } from './find-binary.ts';

/** The path of a real Chromium, or null where the machine has none. */
export function findChromium(): string | null {
  return findBinary('chromium') ?? findBinary('chromium-browser') ?? findBinary('google-chrome');
}

/** The same; installs Debian's package where there is none and root and apt-get are at hand. */
export async function ensureChromium(onProgress: (line: string) => void = () => {}): Promise<string | null> {
  return findChromium() ?? ((await ensureDebianPackage('chromium', onProgress)) ? findChromium() : null);
}
