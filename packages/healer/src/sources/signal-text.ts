import type { Signal } from '@prunella/core';
import { isResourceName, reportLimits } from '@prunella/protocol';

/** Of a signal's own data, as JSON. */
export const dataLimitBytes = 16_384;
const identityLength = 1_000;
const summaryLength = 1_000;

/** What a source made of what it was told, before anybody looked whether it is a signal. */
export interface SignalDraft {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly resource: string;
  /** Empty: none. */
  readonly node: string;
  readonly status: string;
  readonly summary: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A signal, or why the draft is none. Texts for people are cut; what names something never is. */
export function signalFrom(draft: SignalDraft): Signal | { readonly wrong: string } {
  const { id, source, type, resource, node, status } = draft;
  for (const [name, text, longest] of [
    ['id', id, identityLength],
    ['source', source, identityLength],
    ['type', type, reportLimits.nameLength],
    ['node', node, reportLimits.nameLength],
  ] as const) {
    if (text === '' && name !== 'node') return { wrong: `its ${name} is empty` };
    if (text.length > longest) return { wrong: `its ${name} has more than ${longest} characters` };
    if (/\p{Cc}/u.test(text)) return { wrong: `its ${name} holds control characters` };
  }
  const shown = JSON.stringify(resource.slice(0, 60));
  if (!isResourceName(resource)) {
    return { wrong: `its resource must be kind/name, such as postgres/main, and is ${shown}` };
  }
  if (status !== 'firing' && status !== 'resolved') {
    return {
      wrong: `its status must be firing or resolved, and is ${JSON.stringify(status.slice(0, 60))}`,
    };
  }
  const data = boundedData(draft.data);
  return {
    id,
    source,
    type,
    resource,
    ...(node === '' ? {} : { node }),
    status,
    summary: oneLine(draft.summary),
    data,
  };
}

/** What is too large for a decision is told as its size. */
function boundedData(data: SignalDraft['data']): SignalDraft['data'] {
  const bytes = Buffer.byteLength(JSON.stringify(data));
  return bytes <= dataLimitBytes ? data : { tooLarge: true, bytes };
}

function oneLine(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, summaryLength);
}
