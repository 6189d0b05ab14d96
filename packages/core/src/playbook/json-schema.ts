import { z } from 'zod';
import { playbookText } from './text.ts';

/** The JSON Schema of a playbook's text (draft 2020-12), for editors. Committed as `schema/playbook.json`. */
export function playbookJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(playbookText(), { io: 'input' }),
    title: 'Prunella playbook',
    description: 'When an incident of a resource opens, and what is done about it.',
    // What may be left out only where it comes from elsewhere.
    allOf: [oneOf('for', 'template'), oneOf('ladder', 'extends', 'template')],
  };
}

function oneOf(...keys: readonly string[]) {
  return { anyOf: keys.map((key) => ({ required: [key] })) };
}
