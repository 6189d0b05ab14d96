import type { z } from 'zod';
import { accessShapes } from './access.ts';
import { actionShapes } from './actions.ts';
import { autonomyShapes } from './autonomy.ts';
import { commandShapes } from './commands.ts';
import { drillShapes } from './drills.ts';
import { explanationShapes } from './explanations.ts';
import { healerShapes } from './healer.ts';
import { incidentShapes } from './incidents.ts';
import { logShapes } from './log.ts';
import { notificationShapes } from './notifications.ts';
import { playbookShapes } from './playbooks.ts';
import { reportShapes } from './reports.ts';
import { resourceShapes } from './resources.ts';
import { signalShapes } from './signals.ts';
import { sourceShapes } from './sources.ts';

/**
 * Schemas of answers (and of bodies that a route reads by itself), by the names that they have in OpenAPI.
 * Loaded only where OpenAPI is written and in tests, which hold answers to them: a healer that runs for months
 * would keep them for nothing.
 */
export const shapes = {
  ...healerShapes,
  ...reportShapes,
  ...accessShapes,
  ...signalShapes,
  ...sourceShapes,
  ...explanationShapes,
  ...resourceShapes,
  ...playbookShapes,
  ...actionShapes,
  ...autonomyShapes,
  ...incidentShapes,
  ...logShapes,
  ...commandShapes,
  ...notificationShapes,
  ...drillShapes,
} satisfies Record<string, z.ZodType>;

export type Shapes = typeof shapes;
export type ShapeName = keyof Shapes;
