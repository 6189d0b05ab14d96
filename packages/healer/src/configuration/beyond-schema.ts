import { nearest, type Path, type Problem, readExpression, type SourceDocument } from '@prunella/core';

/** Where a CEL expression stands, and what it is to be. */
export interface ExpressionPlace {
  readonly path: Path;
  readonly variables: Parameters<typeof readExpression>[1];
  readonly wanted: Parameters<typeof readExpression>[2];
}

/** What is wrong with an expression, with the place of the very part. */
export function wrongExpression(document: SourceDocument, place: ExpressionPlace): readonly Problem[] {
  const { path, variables, wanted } = place;
  const text = valueAt(document.value, path);
  if (typeof text !== 'string' || text === '') return [];
  const read = readExpression(text, variables, wanted);
  if (!('problem' in read)) return [];
  const { message, suggestion } = read.problem;
  const said = { code: 'wrong-expression', message: `CEL: ${message}`, suggestion } as const;
  return [document.problemWithin(path, read.problem, said)];
}

/** A resource that is named and not declared: a slip, or one that playbooks heal undeclared. */
export function unknownResource(document: SourceDocument, path: Path): readonly Problem[] {
  const name = valueAt(document.value, path);
  const resources = partOf(document.value, 'resources');
  const declared = isMap(resources) ? Object.keys(resources) : [];
  if (typeof name !== 'string' || declared.includes(name)) return [];
  const meant = nearest(name, declared);
  return [
    document.problemAt(path, {
      severity: 'warning',
      code: 'resource-not-declared',
      message: `no such resource is declared`,
      suggestion:
        meant === null ? `declare it: resources: { ${name.slice(0, 60)}: {} }` : `did you mean \`${meant}\`?`,
    }),
  ];
}

/** A node that the declared resource does not have. */
export function unknownNode(document: SourceDocument, path: Path, resource: unknown): readonly Problem[] {
  const node = valueAt(document.value, path);
  const declared =
    typeof resource === 'string' ? valueAt(document.value, ['resources', resource]) : undefined;
  if (typeof node !== 'string' || declared === undefined) return [];
  const nodes = partOf(declared, 'nodes');
  const names = isMap(nodes) ? Object.keys(nodes) : [];
  if (names.includes(node)) return [];
  const meant = nearest(node, names);
  return [
    document.problemAt(path, {
      severity: 'warning',
      code: 'node-not-declared',
      message: `${String(resource)} has no such node`,
      suggestion:
        meant === null
          ? `its nodes: ${names.slice(0, 12).join(', ') || 'none is declared'}`
          : `did you mean \`${meant}\`?`,
    }),
  ];
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => partOf(value, key), root);
}

export function partOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
