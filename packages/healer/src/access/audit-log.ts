import type { Caller } from '../server/access.ts';
import type { AccessRecords, AuditEntry, AuditQuery, AuditRecord } from './access-records.ts';

/** Where a request came from, as the audit tells it. */
export interface Origin {
  /** Null on the local socket. */
  readonly address: string | null;
  readonly via?: string;
}

/** What was done, and what became of it. */
export interface Deed {
  readonly action: string;
  readonly target?: Readonly<Record<string, string>>;
  readonly request?: unknown;
  readonly result: AuditRecord['result'];
  readonly status: number | null;
  readonly detail: string;
}

/** Of the request, as JSON: enough for every command, and no room for a novel. */
const longestRequest = 2_000;
const longestText = 500;
const mostTargets = 10;

/** Who did what. Entries are only ever added. */
export class AuditLog {
  readonly #records: AccessRecords;
  readonly #now: () => number;

  constructor(records: AccessRecords, now: () => number) {
    this.#records = records;
    this.#now = now;
  }

  /** On disk when it returns. Throws a `StoreError`. */
  write(caller: Caller | null, origin: Origin, deed: Deed): void {
    this.#records.write({ audit: [this.recordOf(caller, origin, deed)] });
  }

  /** For a change that is written in the same transaction. */
  recordOf(caller: Caller | null, { address, via }: Origin, deed: Deed): AuditRecord {
    const { action, target = {}, request = {}, result, status, detail } = deed;
    return {
      at: this.#now(),
      actor: actorOf(caller, request),
      from: address,
      ...(via === undefined ? {} : { via }),
      action,
      target: Object.fromEntries(
        Object.entries(target)
          .slice(0, mostTargets)
          .map(([name, value]) => [name, value.slice(0, longestText)]),
      ),
      request: bounded(request),
      result,
      status,
      detail: detail.slice(0, longestText),
    };
  }

  read(query: AuditQuery): readonly AuditEntry[] {
    return this.#records.audit(query);
  }
}

function actorOf(caller: Caller | null, request: unknown): AuditRecord['actor'] {
  if (caller === null) return { name: 'nobody', role: null, by: 'nobody' };
  const { name, role, by = 'token', token } = caller;
  const person = typeof request === 'object' && request !== null && 'by' in request ? request.by : undefined;
  return {
    name,
    role,
    by,
    ...(token === undefined ? {} : { token }),
    ...(typeof person === 'string' && person !== name ? { person: person.slice(0, longestText) } : {}),
  };
}

function bounded(request: unknown): unknown {
  const text = JSON.stringify(request) ?? 'null';
  return text.length <= longestRequest ? request : { cutOff: text.slice(0, longestRequest) };
}
