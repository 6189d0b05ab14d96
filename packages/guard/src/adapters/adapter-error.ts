import type { Row } from './classification/row.ts';

/**
 * - `PRUNELLA_CALL_ENDED`: the handle was used after its call had ended or missed its deadline
 * - `PRUNELLA_TOO_MANY_WAITING`: more calls wait for a client of the application's own than are allowed
 * - `PRUNELLA_NOT_CONNECTED`: the connection is lost and not back yet; nothing was sent
 * - `PRUNELLA_STARTING`: the server answers, and says that it is loading its data
 * - `PRUNELLA_ROLLED_BACK`: the server rolled the transaction back where COMMIT was asked for
 * - `PRUNELLA_WRONG_FORM`: the handle takes no query of this form
 * - `PRUNELLA_CANNOT_RECONNECT`: the driver cannot bring this borrowed connection back
 */
export type AdapterErrorCode =
  | 'PRUNELLA_CALL_ENDED'
  | 'PRUNELLA_TOO_MANY_WAITING'
  | 'PRUNELLA_NOT_CONNECTED'
  | 'PRUNELLA_STARTING'
  | 'PRUNELLA_ROLLED_BACK'
  | 'PRUNELLA_WRONG_FORM'
  | 'PRUNELLA_CANNOT_RECONNECT';

/** An adapter's own refusal; it becomes the `cause` of a FaultError. Nothing was sent to the resource. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly code: AdapterErrorCode;

  constructor(code: AdapterErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function callEnded(missedDeadline: boolean): AdapterError {
  return new AdapterError(
    'PRUNELLA_CALL_ENDED',
    missedDeadline
      ? 'this call missed its deadline, so nothing more is sent for it: give it a longer deadlineMs'
      : 'the handle was used after its call had ended: await everything inside the function, or make another call',
  );
}

export const adapterRows: readonly Row[] = [
  { name: 'call-ended', when: { code: 'PRUNELLA_CALL_ENDED' }, kind: 'caller' },
  { name: 'wrong-form', when: { code: 'PRUNELLA_WRONG_FORM' }, kind: 'caller' },
  { name: 'rolled-back', when: { code: 'PRUNELLA_ROLLED_BACK' }, kind: 'caller' },
  { name: 'too-many-waiting', when: { code: 'PRUNELLA_TOO_MANY_WAITING' }, kind: 'local' },
  { name: 'loading', when: { code: 'PRUNELLA_STARTING' }, kind: 'starting' },
  { name: 'cannot-reconnect', when: { code: 'PRUNELLA_CANNOT_RECONNECT' }, kind: 'unreachable' },
];

/** Before the network's rows, since nothing was sent; after those that say more of the cause, such as DNS. */
export const notConnectedRow: Row = {
  name: 'not-connected',
  when: { code: 'PRUNELLA_NOT_CONNECTED' },
  kind: 'unreachable',
};
