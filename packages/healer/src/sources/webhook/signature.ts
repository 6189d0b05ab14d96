import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { signatureProblem as standardProblem } from '../../backends/http/signature.ts';
import type { WebhookConfiguration } from '../configuration.ts';

export type SignatureSettings = NonNullable<WebhookConfiguration['signature']>;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What makes a signed request the same when it comes again, or why it is not believed. */
export type CheckedSignature = { readonly identity: string } | { readonly problem: string };

/** Compared in constant time; what is said of a wrong one never holds the right one. */
export function checkSignature(
  settings: SignatureSettings,
  secret: string,
  headers: Headers,
  body: Buffer,
  nowMs: number,
): CheckedSignature {
  if (settings.algorithm === 'standard-webhooks') {
    const problem = standardProblem(secret, headers, body.toString('utf8'), nowMs);
    return problem === null ? { identity: single(headers, 'webhook-id') ?? '' } : { problem };
  }
  const { header = '', timestampHeader, tolerance } = settings;
  const given = single(headers, header);
  if (given === null) return { problem: `send the signature in the header ${header}` };
  let signed = body;
  if (timestampHeader !== undefined) {
    const seconds = single(headers, timestampHeader);
    if (seconds === null || !/^\d{1,12}$/.test(seconds)) {
      return { problem: `send whole seconds since 1970 in the header ${timestampHeader}` };
    }
    if (Math.abs(nowMs - Number(seconds) * 1_000) > tolerance) {
      const problem = `${timestampHeader} is more than ${tolerance / 1_000} s from the healer's clock`;
      return { problem };
    }
    signed = Buffer.concat([Buffer.from(`${seconds}:`), body]);
  }
  const expected = createHmac('sha256', secret).update(signed).digest();
  const written = given.trim().replace(/^sha256=/i, '');
  const bytes = Buffer.from(written, /^[0-9a-f]{64}$/i.test(written) ? 'hex' : 'base64');
  const isRight = bytes.length === expected.length && timingSafeEqual(bytes, expected);
  return isRight
    ? { identity: createHash('sha256').update(signed).digest('hex') }
    : { problem: 'the signature is not one of this secret' };
}

function single(headers: Headers, name: string): string | null {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' && value.length <= 1_000 ? value : null;
}
