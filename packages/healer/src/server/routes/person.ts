import { randomUUID } from 'node:crypto';
import { nearest } from '@prunella/core';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { personSignal } from '../../sources/person.ts';
import { RequestProblem } from '../problem.ts';
import { nameText, reasonText, resourceText } from '../read-request.ts';
import { refusalOf } from '../refusal.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const body = z.strictObject({
  resource: resourceText,
  node: nameText.optional(),
  status: z.enum(['firing', 'resolved']).default('firing'),
  summary: reasonText.min(1),
  by: nameText
    .optional()
    .describe("The person, where the token stands for several. Default: the token's name."),
});

const declaration = {
  id: 'tellAsPerson',
  method: 'POST',
  path: '/v1/sources/person',
  summary: 'What a person sees of a resource',
  description: 'A signal of type `person.report` with their name; answered when it is on disk.',
  role: 'operator',
  body,
  answer: { status: 202, shape: 'PersonReceipt', description: 'On disk, and what it led to.' },
  problems: ['signal-refused'],
} as const satisfies RouteDeclaration;

/** A slip of the fingers must not become a resource of its own. Null: the healer knows it. */
function unknownTo(engine: Engine, resource: string): string | null {
  if (engine.resource(resource, { after: null, limit: 1 }) !== null) return null;
  const { items } = engine.resources({ after: null, limit: 500 });
  const meant = nearest(
    resource,
    items.map((known) => known.resource),
  );
  const advice = meant === null ? 'GET /v1/resources lists those that it knows' : `did you mean ${meant}?`;
  return `the healer knows no resource ${resource}: ${advice}`;
}

export function personRoute(add: AddRoute, engine: Engine): void {
  add(declaration, async ({ body: { by, node, ...said }, caller }) => {
    const strange = unknownTo(engine, said.resource);
    if (strange !== null) throw new RequestProblem('signal-refused', strange, 'resource');
    const signal = personSignal({
      ...said,
      id: randomUUID(),
      by: by ?? caller?.name ?? 'somebody',
      ...(node === undefined ? {} : { node }),
    });
    const receipt = await engine.signal(signal);
    if (!receipt.accepted) throw refusalOf(receipt, 'signal-refused');
    const [explained] = engine.explain(signal.resource);
    const now =
      explained === undefined ? '' : `; ${signal.resource} is ${explained.state}: ${explained.reason}`;
    return { accepted: true, id: signal.id, note: `taken as a report of ${signal.source}${now}` } as const;
  });
}
