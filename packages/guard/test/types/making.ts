import { type Adapter, attach, connect, type Guard, type OwningAdapter } from '@prunella/guard';
import { type Chaos, chaos } from '@prunella/guard/chaos';
import { type GuardMessage, subscribe } from '@prunella/guard/diagnostics';
import { health } from '@prunella/guard/health';
import { type Equal, holds } from './equal.ts';

interface Database {
  ask(): Promise<string>;
}

export function guards(borrowing: Adapter<Database>, owning: OwningAdapter<Database>): void {
  holds<Equal<ReturnType<typeof attach<Database>>, Guard<Database>>>();
  attach(borrowing, { resource: 'postgres/main', breaker: { share: 0.5, volume: 5 } });
  attach(borrowing, { resource: 'postgres/main', breaker: { consecutive: 3 } });
  // @ts-expect-error: a breaker counts in one way
  attach(borrowing, { resource: 'postgres/main', breaker: { consecutive: 3, share: 0.5, volume: 5 } });
  // @ts-expect-error: a guard needs the name of its resource
  attach(borrowing, {});
  // @ts-expect-error: a misspelt option is no default
  attach(borrowing, { resource: 'postgres/main', deadline: 5 });
  connect(owning, { resource: 'postgres/main' });
  // @ts-expect-error: what it cannot close it does not own
  connect(borrowing, { resource: 'postgres/main' });
}

export function faults(borrowing: Adapter<Database>, owning: OwningAdapter<Database>): void {
  const around = chaos(borrowing);
  holds<Equal<typeof around, Chaos<Database>>>();
  connect(chaos(owning), { resource: 'postgres/main' });
  // @ts-expect-error: what it cannot close it does not own
  connect(around, { resource: 'postgres/main' });
  // @ts-expect-error: no such kind of fault
  around.follow({ faults: { gone: 1 } });
  // @ts-expect-error: a stage ends by time or by calls
  around.play([{ hang: 1 }]);
}

export function seen(): void {
  subscribe('fault', (message) => {
    holds<Equal<typeof message, GuardMessage<'fault'>>>();
    holds<Equal<typeof message.resource, string>>();
    holds<Equal<typeof message.counted, boolean>>();
  });
  const { status } = health()();
  holds<Equal<typeof status, 'ok' | 'degraded' | 'down'>>();
}
