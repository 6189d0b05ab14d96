import { durationText } from '@prunella/core';
import { z } from 'zod';
import type { PathBase } from '../configuration/file-path.ts';
import { secretReference } from '../configuration/secret.ts';
import { outgoingUrlProblem } from '../outgoing/outgoing-url.ts';

const address = z.string().superRefine((text, context) => {
  const problem = outgoingUrlProblem(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

export function heartbeatConfiguration(base: PathBase) {
  return z
    .strictObject({
      url: z
        .union([address, secretReference(base)])
        .optional()
        .describe(
          'Address that is asked while the healer works, also where it has nothing to do: as text, or as a secret.',
        ),
      method: z
        .enum(['GET', 'POST'])
        .prefault('GET')
        .describe('POST sends the version and the time as JSON.'),
      every: durationText({ leastMs: 1_000 })
        .prefault('60s')
        .describe(
          'Between two heartbeats. The healer looks whether it works at least each minute: `/readyz` and `/metrics` go by that.',
        ),
      timeout: durationText({ leastMs: 100 }).prefault('10s').describe('How long the address may take.'),
    })
    .transform(({ url, method, every, timeout }) => ({
      ...(url === undefined ? {} : { url }),
      method,
      everyMs: every,
      timeoutMs: timeout,
    }));
}

export type HeartbeatSettings = z.output<ReturnType<typeof heartbeatConfiguration>>;

/** However seldom heartbeats are, a fault is seen within this. */
const longestCycleMs = 60_000;

/** Between two looks whether the healer works, so that a heartbeat falls on one of them. */
export function cycleMsOf({ everyMs }: Pick<HeartbeatSettings, 'everyMs'>): number {
  return everyMs / Math.ceil(everyMs / longestCycleMs);
}
