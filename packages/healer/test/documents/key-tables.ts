import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { playbookJsonSchema } from '@prunella/core';
import { scenarioJsonSchema } from '@prunella/core/scenario';
import { configurationJsonSchema } from '../../src/configuration/configuration.ts';

export const root = join(import.meta.dirname, '../../../..');

/** The documents whose tables of keys are written from the schemas. */
export const documentsWithKeys = ['docs/configuration.md', 'docs/playbooks.md', 'docs/scenarios.md'] as const;

type Schema = Readonly<Record<string, unknown>>;

interface Row {
  readonly key: string;
  readonly shape: string;
  readonly standard: string;
  readonly meaning: string;
}

const schemas: Readonly<Record<string, Schema>> = {
  configuration: configurationJsonSchema(),
  playbook: playbookJsonSchema(),
  scenario: scenarioJsonSchema(),
};

/** The document with each `<!-- keys: … -->` table written anew. */
export function withKeyTables(document: string): string {
  const text = readFileSync(join(root, document), 'utf8');
  return text.replace(
    /(<!-- keys: ([\w.]+) -->\n)[\s\S]*?(<!-- end of keys -->)/g,
    (_, open: string, path: string, close: string) => `${open}\n${tableOf(path)}\n${close}`,
  );
}

/** The tables that a document asks for, such as `playbook.open`. */
export function tablesIn(document: string): readonly string[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/<!-- keys: ([\w.]+) -->/g)].map(([, path = '']) => path);
}

/** Every table that there must be: one a part of each language, and the keys outside the parts. */
export function tablesOf(name: 'configuration' | 'playbook' | 'scenario'): readonly string[] {
  const parts = Object.entries(propertiesOf(schemas[name] ?? {})).filter(([, schema]) => isPart(schema));
  const probes = name === 'configuration' ? ['probe'] : [];
  return [name, ...parts.map(([part]) => `${name}.${part}`), ...probes];
}

export function keysWithoutMeaning(): readonly string[] {
  const all = [...tablesOf('configuration'), ...tablesOf('playbook'), ...tablesOf('scenario')];
  return all.flatMap((path) =>
    rowsOf(path).flatMap(({ key, meaning }) => (meaning === '' ? [`${path}: ${key}`] : [])),
  );
}

function tableOf(path: string): string {
  const rows = rowsOf(path).map(({ key, shape, standard, meaning }) => [
    `\`${key}\``,
    shape,
    standard,
    meaning,
  ]);
  const lines = [['key', 'shape', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function rowsOf(path: string): readonly Row[] {
  if (path === 'probe') return rowsBelow(probeSchema(), '');
  const [name = '', part] = path.split('.');
  const schema = schemas[name];
  if (schema === undefined) throw new Error(`there is no schema ${name}`);
  if (part !== undefined) return rowsAt(propertiesOf(schema)[part] ?? {}, part, '', false).slice(1);
  return Object.entries(propertiesOf(schema)).flatMap(([key, schemaOfKey]) => {
    const [row] = rowsAt(schemaOfKey, key, '', isRequired(schema, key));
    return row === undefined ? [] : [isPart(schemaOfKey) ? { ...row, shape: 'below' } : row];
  });
}

/** One row for the key itself, then those below it. */
function rowsAt(schema: Schema, key: string, only: string, required: boolean): Row[] {
  const standard = required ? 'must be written' : defaultOf(schema);
  const meaning = [only, textOf(schema['description'])].filter((text) => text !== '').join(' ');
  const row: Row = { key, shape: shapeOf(schema, key), standard, meaning };
  if ([secretShape, `list of: ${secretShape}`, probeShape].includes(row.shape)) return [row];
  // The keys of other parts once more.
  if (/^overrides\[\]\.(?!labels)/.test(key)) return [row];
  return [row, ...rowsBelow(schema, `${key}.`)];
}

function rowsBelow(schema: Schema, prefix: string): Row[] {
  const { items, additionalProperties } = schema;
  if (isSchema(items)) return rowsBelow(items, prefix.replace(/\.$/, '[].'));
  if (isSchema(additionalProperties) && Object.keys(additionalProperties).length > 0) {
    return rowsBelow(additionalProperties, `${prefix}NAME.`);
  }
  const branches = branchesOf(schema).filter((branch) => branch['type'] === 'object');
  if (branches.length > 0) return rowsOfBranches(branches, prefix);
  return Object.entries(propertiesOf(schema)).flatMap(([key, schemaOfKey]) =>
    rowsAt(schemaOfKey, `${prefix}${key}`, '', isRequired(schema, key)),
  );
}

/** What all branches have alike once; else with the branches that have it. */
function rowsOfBranches(branches: readonly Schema[], prefix: string): Row[] {
  const found = new Map<string, { readonly row: Row; readonly names: string[] }>();
  for (const branch of branches) {
    for (const row of rowsBelow(branch, prefix)) {
      if (row.shape === '') continue;
      const identity = JSON.stringify(row);
      const present = found.get(identity);
      if (present === undefined) found.set(identity, { row, names: [nameOf(branch)] });
      else present.names.push(nameOf(branch));
    }
  }
  const discriminator = branches.map(discriminatorOf).find((key) => key !== '');
  const kinds = branches.map((branch) => `\`${nameOf(branch)}\``).join(', ');
  const first: Row[] =
    discriminator === undefined
      ? []
      : [
          {
            key: `${prefix}${discriminator}`,
            shape: kinds,
            standard: 'must be written',
            meaning: 'Which kind it is.',
          },
        ];
  const others = [...found.values()].map(({ row, names }) =>
    names.length === branches.length
      ? row
      : { ...row, meaning: `Only ${names.join(', ')}. ${row.meaning}`.trim() },
  );
  return [...first, ...others];
}

function discriminatorOf(branch: Schema): string {
  return Object.entries(propertiesOf(branch)).find(([, { const: value }]) => value !== undefined)?.[0] ?? '';
}

function nameOf(branch: Schema): string {
  return textOf(propertiesOf(branch)[discriminatorOf(branch)]?.['const']);
}

const secretShape = 'secret';
const probeShape = 'a probe';

function shapeOf(schema: Schema, key: string): string {
  if (/(^|\.)probe$/.test(key)) return probeShape;
  const branches = branchesOf(schema);
  if (branches.length > 0) {
    if (branches.every((branch) => 'environment' in propertiesOf(branch) || 'file' in propertiesOf(branch))) {
      return secretShape;
    }
    if (branches.some(({ type }) => type === 'number')) return 'share';
    return [...new Set(branches.map((branch) => shapeOf(branch, key)))].join(' or ');
  }
  const { type, enum: values, items, pattern, format, minimum, maximum } = schema;
  if (schema['const'] !== undefined) return '';
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(', ');
  if (type === 'array') return isSchema(items) ? `list of: ${shapeOf(items, key)}` : 'list';
  if (type === 'integer') {
    const bounded = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER;
    return `whole number, ${String(minimum)}${bounded ? `–${maximum}` : ' or more'}`;
  }
  if (type === 'boolean') return 'true, false';
  if (type === 'object')
    return 'additionalProperties' in schema && isSchema(schema['additionalProperties'])
      ? 'map by name'
      : 'map';
  if (textOf(pattern).startsWith('^(?=\\d)')) return 'duration';
  if (textOf(pattern).endsWith('(MiB|GiB|TiB)$')) return 'size';
  if (format === 'uri') return 'address';
  return schema['maxLength'] === 4_096 ? 'path' : 'text';
}

function defaultOf(schema: Schema): string {
  const { default: standard } = schema;
  if (standard === undefined) return '';
  if (typeof standard === 'object' && standard !== null && Object.keys(standard).length === 0) return '';
  return `\`${typeof standard === 'string' ? standard : JSON.stringify(standard)}\``;
}

function isPart(schema: Schema): boolean {
  if (isTextByName(schema)) return false;
  const { type, items } = schema;
  // A list of texts is one key, not a part with keys of its own.
  return type === 'object' || (type === 'array' && isSchema(items) && items['type'] !== 'string');
}

function isTextByName({ additionalProperties: values }: Schema): boolean {
  return isSchema(values) && values['type'] === 'string';
}

function isRequired({ required }: Schema, key: string): boolean {
  return Array.isArray(required) && required.includes(key);
}

function probeSchema(): Schema {
  const resource = propertiesOf(schemas['configuration'] ?? {})['resources']?.['additionalProperties'];
  return isSchema(resource) ? (propertiesOf(resource)['probe'] ?? {}) : {};
}

function branchesOf({ oneOf, anyOf }: Schema): readonly Schema[] {
  const branches = oneOf ?? anyOf;
  return Array.isArray(branches) ? branches.filter(isSchema) : [];
}

function propertiesOf({ properties }: Schema): Readonly<Record<string, Schema>> {
  if (!isSchema(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).filter((pair): pair is [string, Schema] => isSchema(pair[1])),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('|', '\\|') : '';
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
