import { checkNumber, checkObject } from '../check.ts';
import type { CallOptions, Guard, GuardedFunction } from '../guard.ts';
import { internalsOf } from '../internals.ts';
import { type Call, callOf } from '../runtime/call.ts';
import { type RowSource, rowsOf } from './source.ts';

export interface StreamOptions extends Pick<CallOptions, 'within'> {
  /** From the call to its first row, or to the end of a stream without rows, ms: 1 to 3,600,000. Default: the guard's `deadlineMs`. */
  readonly firstMs?: number;
  /** From asking for a further row to that row, ms: 1 to 3,600,000. Default: the guard's `deadlineMs`. */
  readonly idleMs?: number;
  /** How many rows a cursor with `read` is asked for at once, 1 to 100,000. Default 100. */
  readonly batchRows?: number;
}

/**
 * Rows as they come, as one guarded call from the first `next` to the end: its deadlines are for the first row and
 * for each further one, while the time that the application takes over a row does not count. Leaving the loop
 * closes the source. Throws a `FaultError` as `run` does; rows that were given stay good.
 */
export function stream<Handle, Row>(
  guard: Guard<Handle>,
  open: GuardedFunction<Handle, RowSource<Row>>,
  options: StreamOptions = {},
): AsyncGenerator<Row, void, undefined> {
  const { deadlineMs } = internalsOf(guard).core.settings;
  checkObject('stream', options, ['firstMs', 'idleMs', 'batchRows', 'within']);
  const { firstMs = deadlineMs, idleMs = deadlineMs, batchRows = 100, within } = options;
  checkNumber('firstMs', firstMs, 1, 3_600_000);
  checkNumber('idleMs', idleMs, 1, 3_600_000);
  checkNumber('batchRows', batchRows, 1, 100_000, true);
  if (within !== undefined) callOf(within);
  const call = { deadlineMs: firstMs, ...(within !== undefined && { within }) };
  return pull(guard, async (handle, context) => rowsOf(await open(handle, context), batchRows), call, idleMs);
}

interface Opened<Row> {
  readonly rows: AsyncIterator<Row>;
  readonly call: Call;
}

async function* pull<Handle, Row>(
  guard: Guard<Handle>,
  open: GuardedFunction<Handle, AsyncIterator<Row>>,
  options: CallOptions,
  idleMs: number,
): AsyncGenerator<Row, void, undefined> {
  const over = Promise.withResolvers<void>();
  const opening = Promise.withResolvers<Opened<Row>>();
  // Who waits at present is told of the call's fault; a promise to race against would keep all that ever waited.
  let tell: (fault: unknown) => void = opening.reject;
  const ended = guard.run(async (handle, context) => {
    opening.resolve({ rows: await open(handle, context), call: callOf(context) });
    await over.promise;
  }, options);
  ended.catch((fault: unknown) => tell(fault));

  const { rows, call } = await opening.promise;
  let failed = true;
  try {
    for (let first = true; ; first = false) {
      const step = await new Promise<IteratorResult<Row>>((resolve, reject) => {
        tell = reject;
        stepOf(rows).then(resolve, over.reject);
      });
      call.pause();
      if (step.done === true) break;
      if (first) call.confirm();
      failed = false;
      yield step.value;
      failed = true;
      call.allow(idleMs);
    }
    failed = false;
  } finally {
    tell = () => {};
    const closed = close(rows).catch(() => {});
    if (!failed) {
      call.allow(idleMs);
      await Promise.race([closed, ended.catch(() => {})]);
    }
    over.resolve();
    await ended.catch(() => {});
  }
}

/** Sources that applications make themselves may throw at once, or answer what is no step. */
async function stepOf<Row>(rows: AsyncIterator<Row>): Promise<IteratorResult<Row>> {
  const step: unknown = await rows.next();
  if (typeof step === 'object' && step !== null) return step as IteratorResult<Row>;
  throw new TypeError(`next() of the source answered ${step === null ? 'null' : typeof step}, not an object`);
}

async function close(rows: AsyncIterator<unknown>): Promise<void> {
  await rows.return?.();
}
