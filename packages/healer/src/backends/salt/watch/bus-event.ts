import { isRecord, type JsonRecord } from '../value.ts';

/** What happened on Salt's event bus, as far as the healer minds it. */
export type BusEvent =
  | {
      readonly type: 'job-began';
      readonly jid: string;
      readonly function: string;
      readonly minions: readonly string[];
      readonly user: string;
      /** Ordered by a healer: it has its own locks and records. */
      readonly byHealer: boolean;
    }
  | {
      readonly type: 'job-returned';
      readonly jid: string;
      readonly function: string;
      readonly minion: string;
      readonly failed: boolean;
      readonly retcode: number | null;
      readonly byHealer: boolean;
    }
  | { readonly type: 'minion-started'; readonly minion: string; readonly stamp: string }
  | { readonly type: 'minions-lost'; readonly minions: readonly string[]; readonly stamp: string }
  | { readonly type: 'minions-back'; readonly minions: readonly string[]; readonly stamp: string }
  | {
      readonly type: 'beacon';
      readonly minion: string;
      readonly beacon: string;
      readonly data: JsonRecord;
      readonly stamp: string;
    };

/** Reads one event; several come from one change of presence, none from what is not minded. */
export function readBusEvent(tag: string, data: unknown): readonly BusEvent[] {
  if (!isRecord(data)) return [];
  const [root, kind, ...rest] = tag.split('/');
  if (root !== 'salt') return [];
  const stamp = textOf(data['_stamp']);
  switch (kind) {
    case 'job':
      return readJob(rest, data);
    case 'minion': {
      const [minion, what] = rest;
      return minion !== undefined && what === 'start' ? [{ type: 'minion-started', minion, stamp }] : [];
    }
    case 'presence':
      return rest[0] === 'change' ? readPresence(data, stamp) : [];
    case 'beacon': {
      const [minion, beacon] = rest;
      return minion && beacon ? [{ type: 'beacon', minion, beacon, data, stamp }] : [];
    }
    default:
      return [];
  }
}

function readJob([jid, what, minion]: readonly string[], data: JsonRecord): readonly BusEvent[] {
  const { fun } = data;
  if (jid === undefined || typeof fun !== 'string') return [];
  const byHealer = isOfHealer(fun, data);
  if (what === 'new') {
    const minions = textsOf(data['minions']);
    return [{ type: 'job-began', jid, function: fun, minions, user: textOf(data['user']), byHealer }];
  }
  if (what !== 'ret' || minion === undefined) return [];
  const retcode = typeof data['retcode'] === 'number' ? data['retcode'] : null;
  const failed = data['success'] === false || (retcode !== null && retcode !== 0);
  return [{ type: 'job-returned', jid, function: fun, minion, failed, retcode, byHealer }];
}

function isOfHealer(fun: string, { metadata }: JsonRecord): boolean {
  return fun.startsWith('prunella.') || (isRecord(metadata) && isRecord(metadata['prunella']));
}

function readPresence(data: JsonRecord, stamp: string): readonly BusEvent[] {
  const lost = textsOf(data['lost']);
  const back = textsOf(data['new']);
  return [
    ...(lost.length > 0 ? [{ type: 'minions-lost' as const, minions: lost, stamp }] : []),
    ...(back.length > 0 ? [{ type: 'minions-back' as const, minions: back, stamp }] : []),
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
