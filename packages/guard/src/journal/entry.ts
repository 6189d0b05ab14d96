import type { SQLOutputValue } from 'node:sqlite';
import type { FaultKind } from '@prunella/protocol';
import type { Fault, FaultCode } from '../fault.ts';

export type EntryState =
  /** It is replayed when the resource is back. */
  | 'waiting'
  /** It was set aside, and is not tried again before somebody asks for it. */
  | 'poison';

/** One kept write. */
export interface JournalEntry {
  /** Grows in the order in which writes were begun; no number is given twice. */
  readonly id: number;
  readonly resource: string;
  /** Of its handler, as given to `define`. */
  readonly name: string;
  readonly key: string;
  readonly idempotencyKey: string;
  readonly payload: unknown;
  /** Of its texts, in UTF-16 units times two. */
  readonly bytes: number;
  /** Ms since the Unix epoch. */
  readonly keptAt: number;
  readonly state: EntryState;
  /** Failed replays that may have been its own fault. */
  readonly attempts: number;
  /** Why it was not made, when it was tried last. */
  readonly fault: Pick<Fault, 'code' | 'kind' | 'message'>;
}

export type Row = Record<string, SQLOutputValue>;

export function entryOf(row: Row): JournalEntry {
  return {
    id: Number(row['id']),
    resource: String(row['resource']),
    name: String(row['name']),
    key: String(row['key']),
    idempotencyKey: String(row['idempotency_key']),
    payload: JSON.parse(String(row['payload'])),
    bytes: Number(row['bytes']),
    keptAt: Number(row['kept_at']),
    state: row['state'] === 'poison' ? 'poison' : 'waiting',
    attempts: Number(row['attempts']),
    fault: faultOf(String(row['fault'])),
  };
}

/** Without the driver's error, which is no JSON, and whose text the message has. */
export function faultText({ code, kind, message }: Fault): string {
  return JSON.stringify({ code, kind, message });
}

function faultOf(text: string): JournalEntry['fault'] {
  const found: { code: FaultCode; kind: FaultKind; message: string } = JSON.parse(text);
  return { code: found.code, kind: found.kind, message: found.message };
}
