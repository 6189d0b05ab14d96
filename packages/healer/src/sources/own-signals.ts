import { matchesPattern } from '@prunella/core';
import { personSignalType } from './person.ts';

/**
 * Types of signals that parts of this healer raise: the runners of the process backend, and monitors. Playbooks trust
 * them more than what others tell, often without a probe, since the healer saw it itself.
 */
const ownTypes: readonly string[] = ['process.exit', 'monitor.*'];

/** What a token may be granted: one of them, with `*` among monitors. */
export const grantableSignal = /^(?:process\.exit|monitor\.(?:[a-z]{1,30}|\*))$/;

function isOwnSignalType(type: string): boolean {
  return ownTypes.some((pattern) => matchesPattern(pattern, type));
}

/** Why whoever sent a signal may not raise one of this type; null where it may. `granted`: of its token. */
export function typeNotGranted(
  type: string,
  sender: { readonly isLocal: boolean; readonly granted: readonly string[] },
): string | null {
  if (type === personSignalType) return `${type} is for what people say: POST /v1/sources/person`;
  if (!isOwnSignalType(type) || sender.isLocal) return null;
  if (sender.granted.some((pattern) => matchesPattern(pattern, type))) return null;
  return `signals of type ${type} come from this healer itself, and playbooks act on them at once: send another type, or with a token that was made for it (\`prunella tokens create --role reporter --signals ${type}\`)`;
}
