import type { ASTNode } from '@marcbachmann/cel-js';
import { faultKinds, isFaultKind } from '@prunella/protocol';
import { nearest } from '../document/nearest.ts';
import { type Forbidden, nodesOf } from './language.ts';

/** Whether an expression looks at anything but itself. */
export function asksFacts(root: ASTNode): boolean {
  return nodesOf(root).some(({ op }) => op === 'id');
}

/** A question for a kind of fault that there is not, as `'timout' in faults`; null where there is none. */
export function findPointless(root: ASTNode): Forbidden | null {
  for (const { op, args } of nodesOf(root)) {
    if (op !== 'in') continue;
    const [asked, list] = args;
    if (list.op !== 'id' || list.args !== 'faults' || asked.op !== 'value') continue;
    const kind = asked.args;
    if (typeof kind !== 'string' || isFaultKind(kind)) continue;
    const meant = nearest(kind, faultKinds);
    const suggestion =
      meant === null ? `the kinds are: ${faultKinds.join(', ')}` : `did you mean \`${meant}\`?`;
    const message = `there is no kind of fault \`${kind.slice(0, 60)}\``;
    return { message, suggestion, start: asked.start, end: asked.end };
  }
  return null;
}
