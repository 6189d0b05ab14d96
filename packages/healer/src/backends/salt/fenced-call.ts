import type { AttemptOrder } from '@prunella/core';
import type { OrderedCall } from './actions.ts';
import type { SaltFunction } from './client.ts';
import type { JsonRecord } from './value.ts';

/** Kept with the job by Salt: by exactly this an attempt is found again after a crash. */
export function metadataOf(order: AttemptOrder): JsonRecord {
  const { authority, generation, number } = order.fence;
  return {
    prunella: {
      authority,
      attempt: order.attempt,
      incident: order.incident,
      fence: { generation, number },
    },
  };
}

export function plainCall(call: OrderedCall): SaltFunction {
  const kwargs = Object.fromEntries(call.parameters.map(({ name, value }) => [name, value]));
  // As under prunella.apply, where Salt uses no shell by itself.
  const shell = call.function === 'cmd.run' ? { python_shell: false } : {};
  return { name: call.function, args: [], kwargs: { ...call.keywords, ...shell, ...kwargs } };
}

/** The same, through the guard at the target. */
export function fencedCall(order: AttemptOrder, call: OrderedCall): SaltFunction {
  return {
    name: 'prunella.apply',
    args: [],
    kwargs: {
      function: call.function,
      args: call.parameters.map(({ value }) => value),
      ...(Object.keys(call.keywords).length > 0 ? { kwargs: call.keywords } : {}),
      attempt: order.attempt,
      fence: order.fence,
      not_after: order.notAfter,
    },
  };
}

export function lookCall(order: AttemptOrder): SaltFunction {
  return { name: 'prunella.look', args: [], kwargs: { attempt: order.attempt, fence: order.fence } };
}
