import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Expression } from '@prunella/core';
import type { WebhookConfiguration } from '../configuration.ts';
import { compiled, compiledOrNone, isTrueOf, textOf, tooMuch, webhookVariables } from '../mapping.ts';
import { signalFrom } from '../signal-text.ts';
import type { Part } from '../take-parts.ts';

/** Items that one request may bring. */
const itemsLimit = 100;

/** Headers that hold secrets or say nothing. */
const hiddenHeaders = new Set(['authorization', 'cookie', 'proxy-authorization', 'connection', 'host']);

/** How signals are made of requests: `when`, `each` and `map`, read once. */
export interface WebhookMapping {
  readonly when: Expression | undefined;
  readonly each: Expression | undefined;
  readonly resource: Expression;
  readonly node: Expression | undefined;
  readonly type: Expression;
  readonly status: Expression;
  readonly id: Expression | undefined;
  readonly summary: Expression | undefined;
}

export function webhookMapping({ when, each, map, signature }: WebhookConfiguration): WebhookMapping {
  const variables = webhookVariables.map;
  return {
    when: compiledOrNone(when, variables, 'truth'),
    each: compiledOrNone(each, webhookVariables.each, 'list'),
    resource: compiled(map.resource, variables, 'text'),
    node: compiledOrNone(map.node, variables, 'text'),
    type: compiled(map.type, variables, 'text'),
    status: compiled(map.status, variables, 'text'),
    id: compiledOrNone(map.id, signature === undefined ? variables : webhookVariables.signedId, 'text'),
    summary: compiledOrNone(map.summary, variables, 'text'),
  };
}

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What makes a signed one the same when it comes again; null where none is signed. */
  readonly identity: string | null;
  readonly body: unknown;
}

/** A part for the request, or for each item that `each` gives. Lets others have a turn between items. */
export async function partsOfWebhook(
  source: string,
  request: WebhookRequest,
  mapping: WebhookMapping,
): Promise<readonly Part[]> {
  const much = tooMuch(request.body);
  if (much !== null) return [{ at: 'body', fate: 'unmapped', reason: much }];
  const facts = { body: request.body, headers: headersOf(request.headers) };
  const listed = mapping.each?.evaluate(facts);
  if (listed === undefined) return [partOf(source, request, { ...facts, item: request.body }, '', mapping)];
  if (!listed.ok || !Array.isArray(listed.value)) {
    const why = listed.ok ? 'gave no list' : listed.why;
    return [{ at: 'body', fate: 'unmapped', reason: `\`each\`: ${why}` }];
  }
  const items: readonly unknown[] = listed.value;
  const parts: Part[] = [];
  for (const [index, item] of items.entries()) {
    if (index < itemsLimit) {
      parts.push(partOf(source, request, { ...facts, item }, `[${index}]`, mapping));
      await nextTurn();
    } else {
      const reason = `more than ${itemsLimit} items in one request`;
      parts.push({ at: `item[${index}]`, fate: 'unmapped', reason });
    }
  }
  return parts;
}

function partOf(
  source: string,
  request: WebhookRequest,
  facts: Readonly<Record<string, unknown>>,
  place: string,
  mapping: WebhookMapping,
): Part {
  const at = place === '' ? 'body' : `item${place}`;
  if (!isTrueOf(mapping.when, facts)) return { at, fate: 'ignored', reason: '`when` is not true of it' };
  const texts: Record<string, string | null> = {};
  for (const name of ['resource', 'node', 'type', 'status', 'id', 'summary'] as const) {
    const mapped = textOf(name, mapping[name], facts);
    if ('wrong' in mapped) return { at, fate: 'unmapped', reason: mapped.wrong };
    texts[name] = mapped.value;
  }
  const { resource, node, type, status, id, summary } = texts;
  const { item } = facts;
  const signal = signalFrom({
    id: id ?? (request.identity === null ? randomUUID() : `${request.identity}${place}`),
    source,
    type: type ?? '',
    resource: resource ?? '',
    node: node ?? '',
    status: status ?? '',
    summary: summary ?? `${type ?? ''} of ${source}`,
    data: isRecord(item) ? item : { item },
  });
  return 'wrong' in signal ? { at, fate: 'unmapped', reason: signal.wrong } : { at, fate: 'signal', signal };
}

function headersOf(headers: WebhookRequest['headers']): ReadonlyMap<string, string> {
  const told = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || hiddenHeaders.has(name) || /signature|token|secret|key/.test(name)
      ? []
      : [[name, typeof value === 'string' ? value : value.join(', ')]],
  );
  return new Map(told);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
