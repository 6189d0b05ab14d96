import { nearest, type Path, type Problem, readExpression, type SourceDocument } from '@prunella/core';
import { eventVariables, webhookVariables } from './mapping.ts';

type Variables = Parameters<typeof readExpression>[1];
type Wanted = Parameters<typeof readExpression>[2];

interface Place {
  readonly path: Path;
  readonly variables: Variables;
  readonly wanted: Wanted;
}

/** What is wrong with `sources` beyond their schema, read as written: other mistakes do not hide these. */
export function sourceProblems(document: SourceDocument): readonly Problem[] {
  const root = document.value;
  const sources = partOf(root, 'sources');
  if (!isMap(sources)) return [];
  return Object.entries(sources).flatMap(([name, source]) => {
    if (!isMap(source)) return [];
    return [
      ...expressionsOf(source, ['sources', name]).flatMap((place) => wrongExpression(document, place)),
      ...unknownResources(document, source, ['sources', name]),
      ...signatureProblems(document, source, ['sources', name]),
    ];
  });
}

/** Said of a resource that is named and not declared: a slip, or one that playbooks heal undeclared. */
function unknownResource(document: SourceDocument, path: Path, name: unknown): readonly Problem[] {
  const resources = partOf(document.value, 'resources');
  const declared = isMap(resources) ? Object.keys(resources) : [];
  if (typeof name !== 'string' || declared.includes(name)) return [];
  const meant = nearest(name, declared);
  return [
    document.problemAt(path, {
      severity: 'warning',
      code: 'resource-not-declared',
      message: `no resource ${name.slice(0, 100)} is declared`,
      suggestion:
        meant === null ? `declare it: resources: { ${name.slice(0, 60)}: {} }` : `did you mean \`${meant}\`?`,
    }),
  ];
}

function expressionsOf(source: Readonly<Record<string, unknown>>, path: Path): readonly Place[] {
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

function mapped(source: Readonly<Record<string, unknown>>, path: Path, variables: Variables): Place[] {
  const map = source['map'];
  if (!isMap(map)) return [];
  return Object.keys(map).map((name) => ({ path: [...path, 'map', name], variables, wanted: 'text' }));
}

function wrongExpression(document: SourceDocument, { path, variables, wanted }: Place): Problem[] {
  const text = valueAt(document.value, path);
  if (typeof text !== 'string' || text === '') return [];
  const read = readExpression(text, variables, wanted);
  if (!('problem' in read)) return [];
  const { message, suggestion } = read.problem;
  const said = { code: 'wrong-expression', message: `CEL: ${message}`, suggestion } as const;
  return [document.problemWithin(path, read.problem, said)];
}

function unknownResources(
  document: SourceDocument,
  source: Readonly<Record<string, unknown>>,
  path: Path,
): readonly Problem[] {
  const { map } = source;
  if (source['type'] !== 'alertmanager' || !Array.isArray(map)) return [];
  return map.flatMap((rule: unknown, index) =>
    unknownResource(document, [...path, 'map', index, 'resource'], partOf(rule, 'resource')),
  );
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

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => partOf(value, key), root);
}

function partOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
