import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { http } from '../node-http.ts';
import { type Finding, messageOf, well } from './finding.ts';

const answerLimit = 1_048_576;

/** Of `/v1/healer`, as far as it is relied on; an older healer says nothing of it. */
const answerShape = z.looseObject({
  health: z.looseObject({
    healthy: z.boolean(),
    lastHealthyAt: z.number().nullable(),
    heartbeat: z.looseObject({
      configured: z.boolean(),
      lastSentAt: z.number().nullable(),
      failure: z.string().nullable(),
    }),
  }),
});

/** What the healer behind a local socket says of its own work, and of who is told of it. */
export async function examineHealth(socketPath: string, signal: AbortSignal): Promise<readonly Finding[]> {
  let answer: unknown;
  try {
    answer = await ask(socketPath, signal);
  } catch (error) {
    return [
      {
        check: 'health',
        state: 'unknown',
        what: `the healer did not say how it does: ${messageOf(error)}`,
        why: 'whether it decides and writes is not known',
        remedy: 'look again in a moment, and at its output',
      },
    ];
  }
  const read = answerShape.safeParse(answer);
  if (!read.success) return [];
  const { healthy, lastHealthyAt, heartbeat } = read.data.health;
  return [healthFinding(healthy, lastHealthyAt), heartbeatFinding(heartbeat)];
}

function healthFinding(healthy: boolean, lastHealthyAt: number | null): Finding {
  const last = lastHealthyAt === null ? 'never since its start' : `last ${timeText(lastHealthyAt)}`;
  if (healthy) return well('health', `the healer decides and its store takes writes (${last})`);
  return {
    check: 'health',
    state: 'problem',
    what: `the healer does not decide, or its store takes no writes (both were well: ${last})`,
    why: 'nothing is begun that cannot be written down: nothing is repaired meanwhile',
    remedy: 'its output names the fault; make room on the disk, or look at it: it goes on by itself',
  };
}

function heartbeatFinding({
  configured,
  lastSentAt,
  failure,
}: z.output<typeof answerShape>['health']['heartbeat']): Finding {
  const check = 'heartbeat';
  if (!configured) {
    return well(
      check,
      'none is configured: see that something else notices when the healer is gone (docs/metrics.md)',
    );
  }
  const last = lastSentAt === null ? 'none since its start' : timeText(lastSentAt);
  if (failure === null) return well(check, `the newest heartbeat that was taken: ${last}`);
  return {
    check,
    state: 'problem',
    what: `the newest heartbeat failed: ${failure} (the last that was taken: ${last})`,
    why: 'whoever waits for it takes the healer for dead',
    remedy: 'look at the address in `heartbeat: { url }` and at the way there',
  };
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}

async function ask(socketPath: string, signal: AbortSignal): Promise<unknown> {
  const call = http.request({ socketPath, path: '/v1/healer', agent: false, signal });
  call.end();
  const [response] = (await once(call, 'response', { signal })) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > answerLimit) throw new Error('its answer is longer than 1 MiB');
  }
  if (response.statusCode !== 200) throw new Error(`it answered ${response.statusCode}`);
  return JSON.parse(text);
}
