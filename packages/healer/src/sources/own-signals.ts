import { matchesPattern } from '@prunella/core';
import { personSignalType } from './person.ts';

/**
 * Types of signals that parts of this healer raise: the runners of the process backend, and monitors. Playbooks trust
 * them more than what others tell, often without a probe (`confirm: none`), since the healer saw it itself.
 */
const ownTypes: readonly string[] = ['process.exit', 'monitor.*'];

/** What a token may be granted: one of them, with `*` for all of monitors. Each stands in a command as it is. */
export const grantableSignal = /^(?:process\.exit|monitor\.(?:[A-Za-z0-9][\w.-]{0,62}|\*))$/;

function isOwnSignalType(type: string): boolean {
  return ownTypes.some((pattern) => matchesPattern(pattern, type));
}

/**
 * Why whoever sent a signal may not raise one of this type; null where it may. `granted`: of its token; null where a
 * signature stood for the sender, and no token can help.
 */
export function typeNotGranted(
  type: string,
  sender: { readonly isLocal: boolean; readonly granted: readonly string[] | null },
): string | null {
  if (type === personSignalType) return `${type} is for what people say: POST /v1/sources/person`;
  if (!isOwnSignalType(type) || sender.isLocal) return null;
  if (sender.granted?.some((pattern) => matchesPattern(pattern, type)) === true) return null;
  const why = `signals of type ${type} come from this healer itself, and playbooks act on them, often without a probe (\`confirm: none\`)`;
  if (sender.granted === null) {
    return `${why}: a signature does not allow them. Send another type, or take \`signature\` from the source and send a token that was made for it`;
  }
  return `${why}: send another type, or with a token that was made for it (\`prunella tokens create --role reporter --signals ${grantOf(type)}\`)`;
}

/** How the grant of a type is written in a command; of one that cannot be named alone, that of all. */
function grantOf(type: string): string {
  return grantableSignal.test(type) && !type.endsWith('*') ? type : "'monitor.*'";
}
