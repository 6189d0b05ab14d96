import { type Condition, type FaultKind, isSick } from '@prunella/protocol';
import type { Instance, View } from './state.ts';
import { never, viewOf } from './view.ts';

/** What one observer adds to a board. Taken out as it was, put in as it is: nothing is ever counted anew. */
export interface Share {
  readonly instance: string;
  readonly service: string;
  readonly host: string | null;
  readonly condition: Condition;
  readonly kind: FaultKind | null;
  /** `never` while it is not sick. */
  readonly firstFaultAt: number;
  readonly cacheOnly: boolean;
  /** Silent past its time to live. */
  readonly silent: boolean;
  /** The beginning of its newest success while it is ok; `never` otherwise. */
  readonly okAt: number;
}

/** What the instance adds to the board of `resource` now; null where it does not observe it. */
export function shareOf(instance: Instance, resource: string): Share | null {
  const view = instance.left ? undefined : viewOf(instance.views, resource);
  return view === undefined ? null : shareFrom(instance, view);
}

/** The same of one of its views. */
export function shareFrom(instance: Instance, view: View): Share {
  const condition = instance.silent ? 'unknown' : view.condition;
  return {
    instance: instance.id,
    service: instance.service,
    host: instance.host,
    condition,
    kind: isSick(condition) ? view.kind : null,
    firstFaultAt: isSick(condition) ? view.firstFaultAt : never,
    cacheOnly: view.cacheOnly && !instance.silent,
    silent: instance.silent,
    okAt: condition === 'ok' ? view.lastSuccessAt : never,
  };
}
