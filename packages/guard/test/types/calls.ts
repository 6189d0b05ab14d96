import type { CallContext, Fault, FaultError, Guard, Outcome } from '@prunella/guard';
import { type Equal, holds } from './equal.ts';

interface Database {
  count(table: string): Promise<number>;
  version: string;
}

export async function run(guard: Guard<Database>): Promise<void> {
  const counted = guard.run((database) => database.count('monitors'));
  holds<Equal<typeof counted, Promise<number>>>();
  const version = guard.run(({ version }) => version);
  holds<Equal<typeof version, Promise<string>>>();
  const nothing = guard.run(async () => {});
  holds<Equal<typeof nothing, Promise<void>>>();
  guard.run((_database, context) => {
    holds<Equal<typeof context, CallContext>>();
    holds<Equal<typeof context.signal, AbortSignal>>();
  });
  // @ts-expect-error: the handle has no such method
  guard.run((database) => database.drop());
  // @ts-expect-error: a misspelt option is no default
  guard.run(() => 1, { deadline: 1 });
}

export async function tryRun(guard: Guard<Database>): Promise<number> {
  const outcome = await guard.tryRun((database) => database.count('monitors'));
  holds<Equal<typeof outcome, Outcome<number>>>();
  // @ts-expect-error: not before `ok` was looked at
  outcome.value;
  // @ts-expect-error: nor the fault
  outcome.fault;
  if (outcome.ok) {
    holds<Equal<typeof outcome.value, number>>();
    // @ts-expect-error: an answer has no fault
    outcome.fault;
    return outcome.value;
  }
  holds<Equal<typeof outcome.fault, Fault>>();
  // @ts-expect-error: a fault has no answer
  outcome.value;
  return 0;
}

/** Every code and every kind can be told apart, and a new one is seen by the compiler. */
export function explain(fault: Fault | FaultError): string {
  switch (fault.kind) {
    case 'unreachable':
    case 'timeout':
    case 'overloaded':
    case 'starting':
    case 'not-primary':
    case 'auth':
    case 'corrupt':
    case 'resource-exhausted':
    case 'caller':
    case 'local':
    case 'unknown':
      return fault.kind;
  }
}

export function listen(guard: Guard<Database>): void {
  const stop = guard.on('condition', ({ condition, previous, fault }) => {
    holds<Equal<typeof condition, 'ok' | 'degraded' | 'down' | 'unknown'>>();
    holds<Equal<typeof previous, typeof condition>>();
    holds<Equal<typeof fault, Fault | null>>();
  });
  holds<Equal<typeof stop, () => void>>();
  guard.on('reconnect', ({ nextInMs }) => {
    // @ts-expect-error: null after a success
    nextInMs.toFixed();
  });
  // @ts-expect-error: there is no such event
  guard.on('conditions', () => {});
}
