import { nearest } from '../document/nearest.ts';

/** What `{{ ... }}` in a step's arguments can say. */
export interface ParameterFacts {
  readonly resource: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly incident: string;
  readonly attempt: string;
  /** What the attempt touches, and the nodes whose targets these are. */
  readonly targets: readonly string[];
  readonly nodes: readonly string[];
}

/** `labels.NAME` besides. */
const parameterNames: readonly string[] = [
  /** The name of the resource, such as `postgres/main`. */
  'resource',
  /** Its first part, `postgres`. */
  'kind',
  /** Its second part, `main`. */
  'name',
  /** The node that is repaired; only where it is one. */
  'node',
  /** Its target, such as the Salt minion id; only where it is one. */
  'target',
  /** All of them, with commas. */
  'nodes',
  'targets',
  /** Ids. */
  'incident',
  'attempt',
];

/** A name, or a text that stands for one, is all that a value may be: nothing that a shell or a template reads. */
const safeValue = /^[A-Za-z0-9][\w.:/@+,~-]{0,499}$/;
const placeholder = /\{\{([^{}]{0,200})\}\}/g;

export type Filled =
  | { readonly arguments: Readonly<Record<string, unknown>>; readonly problem: null }
  | { readonly arguments: null; readonly problem: string };

/**
 * The arguments with each `{{ name }}` replaced, once: a value is never read again. Without an answer, or with
 * one that is more than a name, there are no arguments.
 */
export function fillArguments(given: Readonly<Record<string, unknown>>, facts: ParameterFacts): Filled {
  const problems: string[] = [];
  const filled = mapTexts(given, (text) =>
    text.replaceAll(placeholder, (_, inside: string) => {
      const name = inside.trim();
      const value = standsFor(name, facts);
      if (value === null) problems.push(`{{ ${name} }} has no value here`);
      else if (!safeValue.test(value))
        problems.push(`{{ ${name} }} is ${JSON.stringify(value.slice(0, 60))}, which is no plain name`);
      return value ?? '';
    }),
  );
  const [problem] = problems;
  return problem === undefined ? { arguments: filled, problem: null } : { arguments: null, problem };
}

/** For checks before there is an attempt: every name that is known stands for something plain. */
export function sampleArguments(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return mapTexts(given, (text) => text.replaceAll(placeholder, 'sample'));
}

export interface UnknownParameter {
  readonly name: string;
  readonly message: string;
  readonly suggestion: string;
}

/** Names in a text that stand for nothing, and braces that are no parameter. */
export function unknownParameters(text: string): readonly UnknownParameter[] {
  const found: UnknownParameter[] = [];
  const rest = text.replaceAll(placeholder, (_, inside: string) => {
    const name = inside.trim();
    if (!isParameter(name)) found.push(unknown(name));
    return '';
  });
  if (/\{\{|\}\}/.test(rest)) {
    found.push({
      name: '{{',
      message: '`{{` begins a parameter, and this one does not end',
      suggestion: 'write it as `{{ node }}`',
    });
  }
  return found;
}

/** The names of labels that the texts of a value ask for. */
export function labelsAskedFor(given: Readonly<Record<string, unknown>>): readonly string[] {
  const names = new Set<string>();
  mapTexts(given, (text) => {
    for (const [, inside = ''] of text.matchAll(placeholder)) {
      const name = inside.trim();
      if (name.startsWith('labels.')) names.add(name.slice('labels.'.length));
    }
    return text;
  });
  return [...names];
}

function isParameter(name: string): boolean {
  return parameterNames.includes(name) || /^labels\.[A-Za-z0-9_][\w.-]*$/.test(name);
}

function unknown(name: string): UnknownParameter {
  const known = [...parameterNames, 'labels.NAME'];
  const meant = nearest(name, known);
  return {
    name,
    message: `\`{{ ${name.slice(0, 60)} }}\` is no parameter`,
    suggestion: meant === null ? `there are: ${known.join(', ')}` : `did you mean \`{{ ${meant} }}\`?`,
  };
}

function standsFor(name: string, facts: ParameterFacts): string | null {
  const { resource, labels, incident, attempt, nodes, targets } = facts;
  if (name.startsWith('labels.')) {
    const label = name.slice('labels.'.length);
    return Object.hasOwn(labels, label) ? (labels[label] ?? null) : null;
  }
  const [kind = '', ownName = ''] = resource.split('/', 2);
  const only = (list: readonly string[]) => (list.length === 1 ? (list[0] ?? null) : null);
  switch (name) {
    case 'resource':
      return resource;
    case 'kind':
      return kind;
    case 'name':
      return ownName;
    case 'node':
      return only(nodes);
    case 'target':
      return only(targets);
    case 'nodes':
      return nodes.length === 0 ? null : nodes.join(',');
    case 'targets':
      return targets.length === 0 ? null : targets.join(',');
    case 'incident':
      return incident;
    case 'attempt':
      return attempt;
    default:
      return null;
  }
}

function mapTexts(
  given: Readonly<Record<string, unknown>>,
  change: (text: string) => string,
): Record<string, unknown> {
  const map = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value);
    if (Array.isArray(value)) return value.map(map);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]));
  };
  return Object.fromEntries(Object.entries(given).map(([key, part]) => [key, map(part)]));
}
