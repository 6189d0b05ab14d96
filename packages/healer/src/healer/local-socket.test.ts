import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { localSocketPath } from './local-socket.ts';

describe('the local socket of a store', () => {
  test('lies in the store’s folder', () => {
    expect(localSocketPath('/var/lib/prunella')).toBe('/var/lib/prunella/run/healer.sock');
  });

  test('of a folder whose path is too long for the kernel is short, and its own', () => {
    const long = `/var/lib/${'x'.repeat(100)}`;
    const path = localSocketPath(long);
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    expect(path).toMatch(/^\/tmp\/prunella-\d+\/[0-9a-f]{16}\.sock$/);
    expect(localSocketPath(`${long}/`)).toBe(path);
    expect(localSocketPath(`${long}y`)).not.toBe(path);
  });

  test('of a long path is the same by every way to the folder', () => {
    const base = mkdtempSync(join(tmpdir(), 'prunella-socket-'));
    try {
      const real = join(base, 'x'.repeat(100));
      mkdirSync(real);
      const link = join(base, 'y'.repeat(100));
      symlinkSync(real, link);
      expect(localSocketPath(link)).toBe(localSocketPath(real));
    } finally {
      rmSync(base, { recursive: true });
    }
  });
});
