import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { DrillDesk } from '../../drills/drill-desk.ts';
import type { Engine } from '../../engine/engine.ts';
import { RequestProblem } from '../problem.ts';
import { nameText } from '../read-request.ts';
import { refusalOf } from '../refusal.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const listDrills = {
  id: 'listDrills',
  method: 'GET',
  path: '/v1/drills',
  summary: 'What may be broken on purpose, to see it healed',
  role: 'viewer',
  answer: { status: 200, shape: 'Drills', description: 'In the order of the configuration.' },
} as const satisfies RouteDeclaration;

const beginDrill = {
  id: 'beginDrill',
  method: 'POST',
  path: '/v1/drills/:drill',
  summary: 'Breaks something on purpose',
  description: 'It is announced in the log of its resource first. Answered when it has ended.',
  role: 'operator',
  params: z.object({ drill: nameText }),
  body: z.strictObject({ by: nameText.optional() }),
  answer: { status: 200, shape: 'DrillOutcome', description: 'What became of it.' },
  problems: ['not-found', 'refused'],
} as const satisfies RouteDeclaration;

export function drillRoutes(add: AddRoute, engine: Engine, desk: DrillDesk): void {
  add(listDrills, () => ({ items: desk.list() }));

  add(beginDrill, async ({ params: { drill }, body, caller }) => {
    const by = body.by ?? caller?.name ?? 'nobody';
    const outcome = await desk.begin(drill, async (resource) => {
      const command = { id: randomUUID(), by, command: { type: 'announce-drill', drill } } as const;
      const receipt = await engine.command(resource, command);
      if (!receipt.accepted) throw refusalOf(receipt, 'refused');
    });
    if (outcome === 'running') throw new RequestProblem('refused', `the drill ${drill} is at work already`);
    if (outcome !== 'unknown') return outcome;
    const known = desk.list().map(({ name }) => name);
    const list = known.length === 0 ? 'none is configured' : `there are ${known.join(', ')}`;
    throw new RequestProblem('not-found', `there is no drill ${drill}: ${list}`);
  });
}
