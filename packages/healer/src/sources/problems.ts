import { type Path, type Problem, readExpression, type SourceDocument } from '@prunella/core';
import {
  type ExpressionPlace,
  isMap,
  partOf,
  unknownNode,
  unknownResource,
  wrongExpression,
} from '../configuration/beyond-schema.ts';
import { eventVariables, webhookVariables } from './mapping.ts';
import { typeNotGranted } from './own-signals.ts';

/** What is wrong with `sources` beyond their schema, read as written: other mistakes do not hide these. */
export function sourceProblems(document: SourceDocument): readonly Problem[] {
  const root = document.value;
  const sources = partOf(root, 'sources');
  if (!isMap(sources)) return [];
  return Object.entries(sources).flatMap(([name, source]) => {
    if (!isMap(source)) return [];
    return [
      ...expressionsOf(source, ['sources', name]).flatMap((place) => wrongExpression(document, place)),
      ...unknownPlaces(document, source, ['sources', name]),
      ...signatureProblems(document, source, ['sources', name]),
      ...refusedType(document, source, ['sources', name]),
    ];
  });
}

function expressionsOf(source: Readonly<Record<string, unknown>>, path: Path): readonly ExpressionPlace[] {
  if (source['type'] === 'cloudevents') {
    return [
      { path: [...path, 'when'], variables: eventVariables, wanted: 'truth' },
      ...mapped(source, path, eventVariables),
    ];
  }
  if (source['type'] !== 'webhook') return [];
  const { map, each, signedId } = webhookVariables;
  const signed = source['signature'] !== undefined;
  return [
    { path: [...path, 'when'], variables: map, wanted: 'truth' },
    { path: [...path, 'each'], variables: each, wanted: 'list' },
    ...mapped(source, path, map).map((place) =>
      signed && place.path.at(-1) === 'id' ? { ...place, variables: signedId } : place,
    ),
  ];
}

function mapped(
  source: Readonly<Record<string, unknown>>,
  path: Path,
  variables: ExpressionPlace['variables'],
): ExpressionPlace[] {
  const map = source['map'];
  if (!isMap(map)) return [];
  return Object.keys(map).map((name) => ({ path: [...path, 'map', name], variables, wanted: 'text' }));
}

function unknownPlaces(
  document: SourceDocument,
  source: Readonly<Record<string, unknown>>,
  path: Path,
): readonly Problem[] {
  const { map } = source;
  if (source['type'] !== 'alertmanager' || !Array.isArray(map)) return [];
  return map.flatMap((rule: unknown, index) => {
    const here = [...path, 'map', index];
    const resource = partOf(rule, 'resource');
    const nodes = partOf(rule, 'nodes');
    return [
      ...unknownResource(document, [...here, 'resource']),
      ...unknownNode(document, [...here, 'node'], resource),
      ...Object.keys(isMap(nodes) ? nodes : {}).flatMap((told) =>
        unknownNode(document, [...here, 'nodes', told], resource),
      ),
    ];
  });
}

function signatureProblems(
  document: SourceDocument,
  source: Readonly<Record<string, unknown>>,
  path: Path,
): readonly Problem[] {
  const { signature } = source;
  if (!isMap(signature) || signature['algorithm'] === 'standard-webhooks') return [];
  if (signature['header'] !== undefined) return [];
  return [
    document.problemAtKey([...path, 'signature'], {
      code: 'missing',
      message: '`signature.header` is missing: in which header the signature comes',
      suggestion: 'such as `header: x-hub-signature-256`',
    }),
  ];
}

/** A type that is always the same, and that no request with a signature may have: each would be refused. */
function refusedType(
  document: SourceDocument,
  source: Readonly<Record<string, unknown>>,
  path: Path,
): readonly Problem[] {
  if (source['type'] !== 'webhook' || source['signature'] === undefined) return [];
  const written = partOf(source['map'], 'type');
  if (typeof written !== 'string') return [];
  const read = readExpression(written, {}, 'text');
  const type = 'problem' in read ? null : read.expression.evaluate({});
  if (type === null || !type.ok || typeof type.value !== 'string') return [];
  const why = typeNotGranted(type.value, { isLocal: false, granted: null });
  if (why === null) return [];
  return [
    document.problemAt([...path, 'map', 'type'], {
      severity: 'warning',
      code: 'type-refused',
      message: `every request would be refused`,
      suggestion: why,
    }),
  ];
}
