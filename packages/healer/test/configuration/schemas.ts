import { playbookJsonSchema } from '@prunella/core';
import { scenarioJsonSchema } from '@prunella/core/scenario';
import { configurationJsonSchema } from '../../src/configuration/configuration.ts';
import { notificationJsonSchema } from '../../src/notify/channels/webhook/payload.ts';
import { servedOpenapi } from '../server/all-routes.ts';

/** The schemas that are committed, for editors and for clients, and what they are made from. */
export const committedSchemas: readonly {
  readonly file: URL;
  readonly text: () => string | Promise<string>;
}[] = [
  {
    file: new URL('../../../core/schema/playbook.json', import.meta.url),
    text: () => toText(playbookJsonSchema()),
  },
  {
    file: new URL('../../../core/schema/scenario.json', import.meta.url),
    text: () => toText(scenarioJsonSchema()),
  },
  {
    file: new URL('../../schema/prunella.json', import.meta.url),
    text: () => toText(configurationJsonSchema()),
  },
  {
    file: new URL('../../schema/notification.json', import.meta.url),
    text: () => toText(notificationJsonSchema()),
  },
  {
    file: new URL('../../schema/openapi.json', import.meta.url),
    text: async () => toText(await servedOpenapi()),
  },
];

function toText(schema: Record<string, unknown>): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
