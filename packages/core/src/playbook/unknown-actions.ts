import { nearest } from '../document/nearest.ts';
import type { Problem } from '../document/problem.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { valueAt } from '../document/value-path.ts';
import type { PlaybookContext } from './context.ts';

/** Looks at the text as written, so that it also finds them where the rest does not fit the schema. */
export function unknownActions(
  document: SourceDocument,
  { actions, openBackends }: Pick<PlaybookContext, 'actions' | 'openBackends'>,
): readonly Problem[] {
  const ladder = valueAt(document.value, ['ladder']);
  if (actions === undefined || !Array.isArray(ladder)) return [];
  return ladder.flatMap((step: unknown, index) => {
    const action = valueAt(step, ['action']);
    if (typeof action !== 'string' || action === '' || actions.has(action)) return [];
    if (openBackends?.has(action.split('.', 1)[0] ?? '') === true) return [];
    return [
      document.problemAt(['ladder', index, 'action'], {
        code: 'unknown-action',
        message: `no configured backend has the action \`${action.slice(0, 60)}\``,
        suggestion: suggest(action, [...actions.keys()]),
      }),
    ];
  });
}

function suggest(action: string, known: readonly string[]): string {
  const meant = nearest(action, known);
  if (meant !== null) return `did you mean \`${meant}\`?`;
  const [backend = ''] = action.split('.', 1);
  const ofBackend = known.filter((name) => name.startsWith(`${backend}.`));
  if (ofBackend.length > 0) return `the backend ${backend} has: ${ofBackend.slice(0, 12).join(', ')}`;
  const backends = [...new Set(known.map((name) => name.split('.', 1)[0]))];
  if (backends.length === 0) return 'no backend is configured: add one under `backends` in prunella.yaml';
  return `\`${backend}\` is no configured backend; there are: ${backends.join(', ')}`;
}
