import { checkNumber, checkObject } from '../check.ts';
import { OptionError } from '../fault.ts';
import type { Guard } from '../guard.ts';
import { internalsOf } from '../internals.ts';
import { type Call, outerOf } from '../runtime/call.ts';
import { checkDeadline } from '../runtime/settings.ts';
import { checkDefinedWrite, checkHandler, checkWrite } from './check-write.ts';
import { MemoryStore } from './memory-store.ts';
import type { DefinedWrite, DefinedWrites, WriteAnswer, WriteHandler, WriteRequest } from './request.ts';
import { WaitingWrites } from './waiting-writes.ts';
import { workOf } from './work.ts';

/** What is kept in memory while the resource fails. */
export interface DegradedWritesOptions {
  /** 1 to 1,000,000. Default 10,000. */
  readonly maximumCount?: number;
  /** Of the payloads as JSON, about; 1 to 1,073,741,824. Default 16,777,216. */
  readonly maximumBytes?: number;
}

export interface DegradedWrites<Handle> extends DefinedWrites<Handle> {
  /**
   * Writes; on a fault (any but `caller`) keeps the write in memory, applies it to the cached copy, and replays
   * it once the resource is back. The writes of one key are replayed in order, and none overtakes a kept one.
   * Rejects with `FaultError`: kind `caller`, or code `PRUNELLA_WRITES_FULL` where no more can be kept; with an
   * `OptionError` where the request is wrong.
   */
  write<Payload, Result = void, Value = unknown>(
    request: WriteRequest<Handle, Payload, Result, Value>,
  ): Promise<WriteAnswer<Result>>;
}

/**
 * Puts degraded writes on a guard, once: its reads then see what waits, and its `detach` says what is lost.
 * Throws an `OptionError` for a wrong option.
 */
export function degradedWrites<Handle>(
  guard: Guard<Handle>,
  options: DegradedWritesOptions = {},
): DegradedWrites<Handle> {
  const inside = internalsOf(guard);
  checkObject('degradedWrites', options, ['maximumCount', 'maximumBytes']);
  const { core } = inside;
  if (core.writes !== null) throw new OptionError('guard', guard, 'a guard without degraded writes');
  const store = new MemoryStore({
    maximumCount: checkNumber('maximumCount', options.maximumCount ?? 10_000, 1, 1e6, true),
    maximumBytes: checkNumber('maximumBytes', options.maximumBytes ?? 2 ** 24, 1, 2 ** 30),
  });
  const writes = new WaitingWrites(inside, store, { concurrency: 8, attempts: Number.POSITIVE_INFINITY });
  core.writes = writes;
  const names = new Set<string>();
  function write<Payload, Result, Value>(
    name: string,
    handler: WriteHandler<Handle, Payload, Result, Value>,
    { key, payload, idempotencyKey = crypto.randomUUID() }: DefinedWrite<Payload>,
    outer: Call | null,
  ): Promise<WriteAnswer<Result>> {
    const deadlineMs = checkDeadline(handler.deadlineMs ?? core.settings.deadlineMs);
    const work = workOf(core, handler, { payload, idempotencyKey, deadlineMs, outer });
    return writes.write({ key, idempotencyKey, name, text: '', bytes: approximateBytes(payload), work });
  }
  return {
    get waiting() {
      return writes.waiting;
    },
    write: async (request) => {
      checkWrite(request);
      return write('', request, request, outerOf(request));
    },
    define(name, handler) {
      if (typeof name !== 'string' || name === '' || names.has(name)) {
        throw new OptionError('name', name, 'a text that is not defined yet');
      }
      names.add(name);
      checkHandler(handler);
      return async (request) => {
        checkDefinedWrite(request);
        return write(name, handler, request, outerOf(undefined));
      };
    },
  };
}

/** Two bytes a character of its JSON; 1,024 where it is no JSON value. */
function approximateBytes(payload: unknown): number {
  try {
    return 2 * (JSON.stringify(payload)?.length ?? 0);
  } catch {
    return 1_024;
  }
}
