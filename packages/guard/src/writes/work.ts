import type { CallContext } from '../guard.ts';
import { type Call, callOf, tryRun } from '../runtime/call.ts';
import type { Core } from '../runtime/core.ts';
import type { Work } from './kept-write.ts';
import type { WriteContext, WriteRequest } from './request.ts';

type Handler<Handle, Payload, Result, Value> = Pick<
  WriteRequest<Handle, Payload, Result, Value>,
  'apply' | 'applyToCached'
>;

interface Order<Payload> {
  readonly payload: Payload;
  readonly idempotencyKey: string;
  readonly deadlineMs: number;
  /** The call that the first try is a part of. */
  readonly outer?: Call | null;
}

/** What is to be done for a write, from the application's functions. */
export function workOf<Handle, Payload, Result, Value>(
  core: Core<Handle>,
  { apply, applyToCached }: Handler<Handle, Payload, Result, Value>,
  { payload, idempotencyKey, deadlineMs, outer }: Order<Payload>,
): Work<Result> {
  return {
    attempt: (replay) =>
      tryRun(
        core,
        (handle, context) => apply(handle, writeContext(context, payload, idempotencyKey, replay)),
        deadlineMs,
        replay ? null : outer,
      ),
    change: (result) =>
      applyToCached === undefined
        ? null
        : (copy) => applyToCached(copy as Value | undefined, payload, result),
  };
}

function writeContext<Payload>(
  context: CallContext,
  payload: Payload,
  idempotencyKey: string,
  replay: boolean,
): WriteContext<Payload> & { readonly call: Call } {
  return {
    call: callOf(context),
    payload,
    idempotencyKey,
    replay,
    get signal() {
      return context.signal;
    },
    remainingMs: () => context.remainingMs(),
  };
}
