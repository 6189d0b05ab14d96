import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { tooMuch } from '../../sources/mapping.ts';
import { dataLimitBytes } from '../../sources/signal-text.ts';
import { RequestProblem } from '../problem.ts';
import { nameText, reasonText, resourceText } from '../read-request.ts';
import { refusalOf } from '../refusal.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';
import { acceptFrom, signalNotAllowed } from '../spoken-for.ts';

const body = z.strictObject({
  id: nameText,
  source: nameText,
  type: nameText,
  resource: resourceText,
  node: nameText.optional(),
  status: z.enum(['firing', 'resolved']),
  summary: reasonText,
  data: z
    .record(z.string(), z.unknown())
    // What is deeper than a stack cannot be written as JSON.
    .refine(
      (data) => tooMuch(data) === null && JSON.stringify(data).length <= dataLimitBytes,
      `at most ${dataLimitBytes} bytes as JSON, and no deeper than 32`,
    )
    .optional(),
});

const declaration = {
  id: 'signal',
  method: 'POST',
  path: '/v1/signals',
  summary: 'An outside event, such as an alert',
  description:
    'Answered when it is on disk, and not before. The same `source`, `resource`, `type` and `id` within 24 h count once. Types that this healer raises itself (`process.exit`, `monitor.*`) are taken from tokens that were made for them only.',
  role: ['reporter', 'operator'],
  body,
  intake: true,
  answer: { status: 202, shape: 'SignalReceipt', description: 'On disk.' },
  problems: ['signal-refused', 'overloaded'],
} as const satisfies RouteDeclaration;

export function signalRoutes(add: AddRoute, engine: Engine): void {
  const accept = engine.signal.bind(engine);
  add(declaration, async ({ body: { node, data, ...signal }, caller }) => {
    const reason = signalNotAllowed(caller, signal.type);
    if (reason !== null) throw new RequestProblem('not-allowed', reason, 'type');
    const receipt = await acceptFrom(
      caller,
      accept,
    )({
      ...signal,
      ...(node === undefined ? {} : { node }),
      ...(data === undefined ? {} : { data }),
    });
    if (!receipt.accepted) throw refusalOf(receipt, 'signal-refused');
    return receipt;
  });
}
