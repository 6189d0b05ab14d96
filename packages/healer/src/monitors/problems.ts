import type { Problem, SourceDocument } from '@prunella/core';
import {
  isMap,
  partOf,
  unknownNode,
  unknownResource,
  wrongExpression,
} from '../configuration/beyond-schema.ts';
import { rowsVariables } from './rows.ts';

/** What is wrong with `monitors` beyond their schema, read as written: other mistakes do not hide these. */
export function monitorProblems(document: SourceDocument): readonly Problem[] {
  const monitors = partOf(document.value, 'monitors');
  if (!isMap(monitors)) return [];
  return Object.entries(monitors).flatMap(([name, monitor]) => {
    const path = ['monitors', name];
    const condition = { path: [...path, 'condition'], variables: rowsVariables, wanted: 'truth' } as const;
    return [
      ...wrongExpression(document, condition),
      ...unknownResource(document, [...path, 'resource']),
      ...unknownNode(document, [...path, 'node'], partOf(monitor, 'resource')),
      ...conditionWithoutQuery(document, path, monitor),
    ];
  });
}

function conditionWithoutQuery(
  document: SourceDocument,
  path: readonly string[],
  monitor: unknown,
): Problem[] {
  if (partOf(monitor, 'condition') === undefined || partOf(monitor, 'query') !== undefined) return [];
  return [
    document.problemAtKey([...path, 'condition'], {
      code: 'missing',
      message: '`query` is missing: `condition` is asked of its rows',
      suggestion: 'such as `query: select count(*) as waiting from jobs`',
    }),
  ];
}
