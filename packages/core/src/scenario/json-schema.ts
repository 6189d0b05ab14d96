import { z } from 'zod';
import { scenarioText } from './text.ts';

/** The JSON Schema of a scenario's text (draft 2020-12), for editors. Committed as `schema/scenario.json`. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(scenarioText(), { io: 'input' }),
    title: 'Prunella scenario',
    description: 'A small world, what happens in it, and what the healer is expected to do.',
  };
}
