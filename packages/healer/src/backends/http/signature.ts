import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far a signature's time may be from now, in s: what Standard Webhooks recommends. */
const toleranceS = 300;

export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * Signs a message as Standard Webhooks 1.0 does (https://www.standardwebhooks.com): HMAC-SHA256 over id, time in
 * seconds and body, joined by dots, in base64 after `v1,`. A secret that begins with `whsec_` is base64, any other
 * is taken as it is.
 */
export function sign(secret: string, id: string, body: string, nowMs: number): SignedHeaders {
  const timestamp = String(Math.floor(nowMs / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${digest(secret, `${id}.${timestamp}.${body}`)}`,
  };
}

/** Why a message is not believed; null where its signature is right and of now. */
export function signatureProblem(
  secret: string,
  headers: Readonly<Record<string, unknown>>,
  body: string,
  nowMs: number,
): string | null {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    return 'send the headers webhook-id, webhook-timestamp and webhook-signature';
  }
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp must be whole seconds since 1970';
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > toleranceS) {
    return `webhook-timestamp is more than ${toleranceS} s from the healer's clock`;
  }
  const expected = Buffer.from(digest(secret, `${id}.${timestamp}.${body}`));
  const isRight = signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''));
    return (
      signature.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected)
    );
  });
  return isRight ? null : 'the signature is not one of this secret';
}

function digest(secret: string, text: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  return createHmac('sha256', key).update(text).digest('base64');
}
