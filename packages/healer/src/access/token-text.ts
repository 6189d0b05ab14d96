import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What scanners for lost secrets look for: `prunella_` and 49 letters and digits. */
const pattern = /^prunella_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * A new secret: 256 random bits and a CRC-32 of them, both in base 62. The checksum tells a scanner, and a person,
 * a whole token from a text that only looks like one; it adds no strength.
 */
export function makeTokenText(): string {
  const secret = inBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43);
  return `prunella_${secret}${checksum(secret)}`;
}

/** Whether a text begins like a token and is none: cut off, or mistyped. */
export function isBrokenToken(text: string): boolean {
  if (!text.startsWith('prunella_')) return false;
  const [, secret = '', sum] = pattern.exec(text) ?? [];
  return sum !== checksum(secret);
}

function checksum(secret: string): string {
  return inBase62(BigInt(crc32(secret)), 6);
}

function inBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = alphabet.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, '0');
}
