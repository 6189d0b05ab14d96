import { matchesPattern } from '@prunella/core';
import { typeNotGranted } from '../sources/own-signals.ts';
import type { AcceptSignal } from '../sources/source.ts';
import type { Caller } from './access.ts';

/** Why a caller may not tell of a resource; null where it may. Only tokens of applications are bound. */
export function resourceNotSpokenFor(caller: Caller | null, resource: string): string | null {
  const { name = '', resources = null } = caller ?? {};
  if (resources === null || resources.some((pattern) => matchesPattern(pattern, resource))) return null;
  return `the token ${name} speaks for ${resources.join(', ')}, and not for ${resource}`;
}

/** Why a caller may not send signals of a type; null where it may. No caller: a signature stood for the sender. */
export function signalNotAllowed(caller: Caller | null, type: string): string | null {
  return typeNotGranted(type, {
    isLocal: caller?.by === 'local',
    granted: caller === null ? null : (caller.signals ?? []),
  });
}

/** Takes only signals of resources that the caller speaks for, and of types that are not the healer's own. */
export function acceptFrom(caller: Caller | null, accept: AcceptSignal): AcceptSignal {
  return async (signal) => {
    const reason = signalNotAllowed(caller, signal.type) ?? resourceNotSpokenFor(caller, signal.resource);
    return reason === null ? accept(signal) : { accepted: false, reason };
  };
}
