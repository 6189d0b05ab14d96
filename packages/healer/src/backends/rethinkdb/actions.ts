import { type ActionFacts, durationText } from '@prunella/core';
import { z } from 'zod';

export const emergencyRepairAction = 'rethinkdb.emergency-repair';

/** It gives up what only the lost replicas had: never without a person. */
export const rethinkdbActions: ReadonlyMap<string, ActionFacts> = new Map([
  [emergencyRepairAction, { action: emergencyRepairAction, effect: 'disrupts', highestAutonomy: 'ask' }],
]);

const argumentsOfRepair = z.strictObject({
  tables: z
    .array(z.string().regex(/^\w{1,100}\.(\w{1,100}|\*)$/, 'must be `database.table` or `database.*`'))
    .min(1)
    .max(1_000)
    .optional(),
  patience: durationText({ leastMs: 1_000, mostMs: 600_000 }).prefault('30s'),
});

export interface RepairArguments {
  /** `database.table` or `database.*`; null means every table that lost its primary. */
  readonly tables: readonly string[] | null;
  /** How long the lost servers must stay away while they are watched, before anything is given up, in ms. */
  readonly patienceMs: number;
}

/** Reads what a step gives. A text says what is wrong with it. */
export function repairArguments(given: Readonly<Record<string, unknown>>): RepairArguments | string {
  const parsed = argumentsOfRepair.safeParse(given);
  if (parsed.success) return { tables: parsed.data.tables ?? null, patienceMs: parsed.data.patience };
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')} `;
  return `${emergencyRepairAction} takes \`tables\` (a list of database.table) and \`patience\` (a duration, 30s where left out): ${where}${issue?.message}`;
}
