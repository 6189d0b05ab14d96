import { matchesPattern } from '@prunella/core';
import type { AcceptSignal } from '../sources/source.ts';
import type { Caller } from './access.ts';

/** Why a caller may not tell of a resource; null where it may. Only tokens of applications are bound. */
export function resourceNotSpokenFor(caller: Caller | null, resource: string): string | null {
  const { name = '', resources = null } = caller ?? {};
  if (resources === null || resources.some((pattern) => matchesPattern(pattern, resource))) return null;
  return `the token ${name} speaks for ${resources.join(', ')}, and not for ${resource}`;
}

/** Takes only signals of resources that the caller speaks for. */
export function acceptFrom(caller: Caller | null, accept: AcceptSignal): AcceptSignal {
  return async (signal) => {
    const reason = resourceNotSpokenFor(caller, signal.resource);
    return reason === null ? accept(signal) : { accepted: false, reason };
  };
}
