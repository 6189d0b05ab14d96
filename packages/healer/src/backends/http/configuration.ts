import { durationText } from '@prunella/core';
import { z } from 'zod';
import type { PathBase } from '../../configuration/file-path.ts';
import { secretReference } from '../../configuration/secret.ts';

const noCredentials = 'must hold no user and password: give `headers` with `authorization`';

const address = z
  .url({
    protocol: /^https?$/,
    error: 'must be an http or https address, such as https://ops.example.com/restart',
  })
  .refine((text) => !holdsCredentials(text), noCredentials);

/** Repairs that another program offers over HTTP: each a named action, `http.NAME`. */
export function httpConfiguration(base: PathBase) {
  const action = z
    .strictObject({
      url: address.describe('Where the order is posted, as JSON. Redirections are not followed.'),
      effect: z
        .enum(['restores', 'repairs', 'disrupts'])
        .prefault('disrupts')
        .describe('What it does to its targets; the guardrails go by it.'),
      highestAutonomy: z
        .enum(['ask', 'auto'])
        .prefault('ask')
        .describe('`ask`: a person approves each order, whatever a playbook writes.'),
      headers: z
        .record(
          z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'must be the name of a header'),
          z.union([z.string().max(4_000), secretReference(base)]),
        )
        .prefault({})
        .describe('Sent along, such as `authorization`.'),
      secret: secretReference(base)
        .optional()
        .describe('Signs orders and callbacks with HMAC-SHA256, as Standard Webhooks does.'),
      timeout: durationText({ leastMs: 100, mostMs: 600_000 })
        .prefault('10s')
        .describe('One request that takes longer has an unknown outcome.'),
      success: z
        .enum(['answer', 'status'])
        .prefault('answer')
        .describe(
          '`answer`: only a body with `outcome` tells how it ended. `status`: a status from 200 to 299 is believed.',
        ),
      idempotent: z
        .boolean()
        .prefault(false)
        .describe('The other side honours `Idempotency-Key`: an order of unknown fate may be sent again.'),
      poll: durationText({ leastMs: 100, mostMs: 600_000 })
        .prefault('2s')
        .describe('Between two looks at an order that is still under way.'),
      status: z
        .string()
        .regex(/^https?:\/\/.*\{attempt\}/, 'must be an address with {attempt} in it')
        .max(2_000)
        .refine((text) => !holdsCredentials(text), noCredentials)
        .optional()
        .describe('Where an order is looked for, also after a crash of the healer.'),
    })
    .refine(({ status, url }) => status === undefined || originOf(status) === originOf(url), {
      message: '`status` must have the same origin as `url`: the same headers go there',
    })
    .transform(({ timeout, poll, ...rest }) => ({ ...rest, timeoutMs: timeout, pollMs: poll }));
  return z.strictObject({
    actions: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a name of small letters, digits and `-`'),
        action,
      )
      .describe('By name; a playbook writes `http.NAME`.'),
    callback: address
      .optional()
      .describe('Where others reach this healer; orders then carry an address for their result.'),
    retriesPerMinute: z
      .int()
      .min(0)
      .max(1_000)
      .prefault(10)
      .describe('Requests sent again in a minute, over all actions.'),
  });
}

/** fetch refuses such addresses, with the password in its message. */
function holdsCredentials(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.username !== '' || url.password !== '');
}

function originOf(text: string): string | null {
  const url = text.replaceAll('{attempt}', 'attempt');
  return URL.canParse(url) ? new URL(url).origin : null;
}

export type HttpConfiguration = z.output<ReturnType<typeof httpConfiguration>>;
export type HttpActionConfiguration = HttpConfiguration['actions'][string];
