import type { z } from 'zod';
import { readAnswer } from './answers.ts';
import { askHealer, type HealerConnection } from './healer-client.ts';

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string | undefined };

/** All items of a view, page by page, but no more than `most`. */
export async function readPages<Item>(
  connection: HealerConnection,
  path: string,
  query: Readonly<Record<string, string>>,
  schema: z.ZodType<Page<Item>>,
  most: number,
): Promise<{ readonly items: readonly Item[]; readonly more: boolean }> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const limit = String(Math.min(500, most - items.length));
    const asked = new URLSearchParams({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) });
    const page: Page<Item> = readAnswer(schema, await askHealer(connection, 'GET', `${path}?${asked}`));
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && items.length < most);
  return { items, more: cursor !== undefined };
}
