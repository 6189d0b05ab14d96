import { type Condition, type FaultKind, isResourceName, isSick } from '@prunella/protocol';
import { checkObject } from '../check.ts';
import { OptionError } from '../fault.ts';
import { registry } from '../registry.ts';
import { mergeConditions } from '../reporting/merge.ts';

export interface HealthOptions {
  /**
   * Resources without which the application has no answer to give: one of them `down`, or without a guard, makes
   * it `down`. Default: none, since an application that goes on from cache must not be taken out of service.
   */
  readonly required?: readonly string[];
}

/** The body of a health answer. */
export interface Health {
  /**
   * - `ok`: nothing is known to be wrong; before the first call, too
   * - `degraded`: a resource is `degraded` or `down`, and the application can serve
   * - `down`: a required resource is `down`, or nobody guards it
   */
  readonly status: 'ok' | 'degraded' | 'down';
  /** By name. Guards of the same resource are one. */
  readonly resources: readonly ResourceHealth[];
}

export interface ResourceHealth {
  readonly resource: string;
  readonly condition: Condition;
  readonly required: boolean;
  /** How long the condition has lasted, in ms. */
  readonly sinceMs: number;
  /** The kind of the newest fault, while it is sick. No text: this page is often public. */
  readonly fault?: FaultKind;
  /** The age of the newest answer from the cache, in ms, while reads come from it. */
  readonly cacheOnlyAgeMs?: number;
  /** Writes that wait for it, where there are any. */
  readonly waitingWrites?: number;
}

/** Makes the function that says how the guards of this process are. Throws an `OptionError` for a wrong option. */
export function health(options: HealthOptions = {}): () => Health {
  checkObject('health', options, ['required']);
  const { required = [] } = options;
  if (!Array.isArray(required) || !required.every(isResourceName)) {
    throw new OptionError('required', required, 'a list of names of resources, such as postgres/main');
  }
  return () => healthNow(new Set(required));
}

function healthNow(required: ReadonlySet<string>): Health {
  const snapshots = [...registry.members].map((member) => member.snapshot());
  const resources = mergeConditions(snapshots, registry.retired).map((each): ResourceHealth => {
    const waitingWrites = waitingFor(each.resource);
    return {
      resource: each.resource,
      condition: each.condition,
      required: required.has(each.resource),
      sinceMs: each.sinceMs,
      ...(each.lastFaultKind !== undefined && { fault: each.lastFaultKind }),
      ...(each.cacheOnly !== undefined && { cacheOnlyAgeMs: each.cacheOnly.newestAgeMs }),
      ...(waitingWrites > 0 && { waitingWrites }),
    };
  });
  const guarded = new Set(resources.map(({ resource }) => resource));
  const missing = [...required].filter((resource) => !guarded.has(resource));
  for (const resource of missing) {
    resources.push({ resource, condition: 'unknown', required: true, sinceMs: 0 });
  }
  const down = missing.length > 0 || resources.some((each) => each.required && each.condition === 'down');
  const degraded = resources.some(({ condition }) => isSick(condition));
  return {
    status: down ? 'down' : degraded ? 'degraded' : 'ok',
    resources: resources.sort((left, right) => (left.resource < right.resource ? -1 : 1)),
  };
}

function waitingFor(resource: string): number {
  let waiting = 0;
  for (const member of registry.members) {
    if (member.resource === resource) waiting += member.waitingWrites;
  }
  return waiting;
}
