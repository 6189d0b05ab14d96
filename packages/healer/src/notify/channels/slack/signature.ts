import { createHmac, timingSafeEqual } from 'node:crypto';

/** As Slack recommends: an older request may be a recorded one. */
const toleranceS = 300;
const mostRemembered = 10_000;

/**
 * Whether requests come from Slack (https://docs.slack.dev/authentication/verifying-requests-from-slack): `v0=` and
 * the HMAC-SHA256 of `v0:TIME:BODY` in hex, over the bytes as they came, and each only once.
 */
export class SlackSignatures {
  readonly #seen = new Map<string, number>();

  /** Why it is not believed; null where it is. */
  problem(
    secret: string,
    headers: Readonly<Record<string, unknown>>,
    body: string,
    nowMs: number,
  ): string | null {
    const timestamp = headers['x-slack-request-timestamp'];
    const signature = headers['x-slack-signature'];
    if (typeof timestamp !== 'string' || typeof signature !== 'string') {
      return 'send the headers x-slack-request-timestamp and x-slack-signature';
    }
    if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowMs / 1_000 - Number(timestamp)) > toleranceS) {
      return `x-slack-request-timestamp must be within ${toleranceS} s of the healer's clock`;
    }
    const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    const expected = Buffer.from(`v0=${digest}`);
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return 'the signature is not one of this app';
    }
    return this.#isRepeated(signature, nowMs) ? 'this request was taken already' : null;
  }

  #isRepeated(signature: string, nowMs: number): boolean {
    for (const [seen, at] of this.#seen) {
      if (nowMs - at <= 2 * toleranceS * 1_000 && this.#seen.size <= mostRemembered) break;
      this.#seen.delete(seen);
    }
    if (this.#seen.has(signature)) return true;
    this.#seen.set(signature, nowMs);
    return false;
  }
}
