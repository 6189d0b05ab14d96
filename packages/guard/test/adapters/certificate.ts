import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '@prunella/labs';

/** Files of a certificate for 127.0.0.1 that signs itself; null where the machine has no openssl. */
export function selfSigned(folder: string): { readonly key: string; readonly certificate: string } | null {
  const openssl = findBinary('openssl');
  if (openssl === null) return null;
  mkdirSync(folder, { recursive: true });
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...names];
  execFileSync(openssl, [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { key, certificate };
}
