import type { z } from 'zod';
import { answers, readAnswer } from './answers.ts';
import { askHealer, type HealerConnection } from './healer-client.ts';

type Explanations = z.output<typeof answers.explanations>;

/** More than a healer is made for: a fault of one must not be read for ever. */
const mostPages = 100;

/** All that was asked for, page by page; of the rest what the first page said. */
export async function readExplanations(
  connection: HealerConnection,
  query: Readonly<Record<string, string>> = {},
): Promise<Explanations> {
  const ask = async (cursor?: string): Promise<Explanations> => {
    const asked = new URLSearchParams({
      ...query,
      limit: '1000',
      ...(cursor === undefined ? {} : { cursor }),
    });
    return readAnswer(answers.explanations, await askHealer(connection, 'GET', `v1/explanations?${asked}`));
  };
  const first = await ask();
  const explanations = [...first.explanations];
  let { next } = first;
  for (let page = 1; next !== undefined && page < mostPages; page += 1) {
    const more = await ask(next);
    explanations.push(...more.explanations);
    next = more.next;
  }
  return { ...first, explanations };
}
