import { isResourceName } from '@prunella/protocol';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { nameText, readPart, reasonText } from '../read-request.ts';
import { refusalOf } from '../refusal.ts';

/** Of a signal's own data, as JSON. */
const dataLimitBytes = 16_384;

const body = z.strictObject({
  id: nameText,
  source: nameText,
  type: nameText,
  resource: z.string().refine(isResourceName, 'expected kind/name, such as postgres/main'),
  node: nameText.optional(),
  status: z.enum(['firing', 'resolved']),
  summary: reasonText,
  data: z
    .record(z.string(), z.unknown())
    .refine(
      (data) => JSON.stringify(data).length <= dataLimitBytes,
      `at most ${dataLimitBytes} bytes as JSON`,
    )
    .optional(),
});

/** `POST /v1/signals`: answered when it is on disk, and not before. */
export function signalRoutes(app: FastifyInstance, engine: Engine): void {
  app.post('/v1/signals', async (request, reply) => {
    const { node, data, ...signal } = readPart(body, request.body);
    const receipt = await engine.signal({
      ...signal,
      ...(node === undefined ? {} : { node }),
      ...(data === undefined ? {} : { data }),
    });
    if (!receipt.accepted) throw refusalOf(receipt, 'signal-refused');
    return reply.status(202).send(receipt);
  });
}
