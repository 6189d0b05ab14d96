import { z } from 'zod';
import { packageVersion } from '../../healer/version.ts';
import { roleText } from '../access.ts';
import { idempotencyKeyPattern, takesKey } from '../keyed-requests.ts';
import { type ProblemName, problemMediaType, problemNames, problemOf, problemType } from '../problem.ts';
import type { RouteDeclaration } from '../route.ts';
import { declaredProblems } from './declared-problems.ts';
import { shapes } from './shapes/index.ts';

type Json = Readonly<Record<string, unknown>>;

/** The document of these routes. The same routes always give the same document, whatever their order. */
export function openapiDocument(declarations: readonly RouteDeclaration[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const sorted = [...declarations].sort((left, right) => compare(left.path, right.path));
  for (const declaration of sorted) {
    const path = declaration.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [declaration.method.toLowerCase()]: operation(declaration) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Prunella',
      version: packageVersion(),
      summary: 'The healer: what it sees, decides and does, and what a person may tell it',
      description:
        'Errors are RFC 9457 problems with a stable `type`. Times are milliseconds since the Unix epoch. Readers pass over fields that they do not know: later versions add some.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of the role that the route needs.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'prunella_session',
          description:
            'Of `POST /v1/session`. Everything but GET then needs the header `x-prunella-csrf`, and must come from the page of this healer.',
        },
      },
      responses: componentResponses(paths),
      schemas: componentSchemas(),
    },
  };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function operation(declaration: RouteDeclaration): Json {
  const { id, summary, description, role } = declaration;
  const who = role === null ? 'Needs no token.' : `Needs the role ${roleText(role)}.`;
  return {
    operationId: id,
    summary,
    description: description === undefined ? who : `${description}\n\n${who}`,
    ...(role === null ? {} : { 'x-prunella-roles': [role].flat() }),
    security: role === null ? [] : [{ token: [] }, { session: [] }],
    parameters: [
      ...parametersOf(declaration.params, 'path'),
      ...parametersOf(declaration.query, 'query'),
      ...parametersOf(declaration.headers, 'header'),
      ...(takesKey(declaration) ? [keyParameter] : []),
    ],
    ...requestBody(declaration),
    responses: responses(declaration),
  };
}

const keyParameter: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'The request is carried out once: whoever repeats it with the same key within 24 h is answered what was answered, with `Idempotency-Replayed: true`.',
  schema: { type: 'string', maxLength: 257, pattern: idempotencyKeyPattern.source },
};

function parametersOf(schema: z.ZodObject | undefined, place: 'path' | 'query' | 'header'): readonly Json[] {
  if (schema === undefined) return [];
  const json = inputSchema(schema);
  const properties = (json['properties'] ?? {}) as Record<string, Json>;
  const required = new Set((json['required'] ?? []) as readonly string[]);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name: place === 'header' ? headerName(name) : name,
    in: place,
    required: place === 'path' || required.has(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** As people write it. */
function headerName(name: string): string {
  if (name === 'last-event-id') return 'Last-Event-ID';
  return name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function requestBody({ body, readsBody, bodyMediaType }: RouteDeclaration): Json {
  if (readsBody !== undefined) {
    const schema = reference(readsBody);
    const content = bodyMediaType === undefined ? jsonContent(schema) : { [bodyMediaType]: { schema } };
    return { requestBody: { required: true, content } };
  }
  if (body === undefined) return {};
  const required = !body.safeParse({}).success;
  return { requestBody: { required, content: jsonContent(inputSchema(body)) } };
}

function responses(declaration: RouteDeclaration): Json {
  const { answer } = declaration;
  const byStatus = new Map<number, ProblemName[]>();
  for (const name of declaredProblems(declaration)) {
    const { status } = problemOf(name);
    byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  }
  const refusals = [...byStatus].sort(([left], [right]) => left - right);
  return {
    [answer.status]: { description: answer.description, ...answerContent(answer) },
    ...Object.fromEntries(refusals.map(([status, names]) => [status, refusal(names)])),
  };
}

/** Named after what it may be: `not-authenticated`, `overloaded.too-many-open`. */
function refusal(names: readonly ProblemName[]): Json {
  return { $ref: `#/components/responses/${[...names].sort().join('.')}` };
}

function refusalResponse(names: readonly ProblemName[]): Json {
  const status = names[0] === undefined ? 500 : problemOf(names[0]).status;
  return {
    description: names.map((name) => `\`${name}\`: ${problemOf(name).title}.`).join(' '),
    ...refusalHeaders(status),
    content: { [problemMediaType]: { schema: reference('Problem') } },
  };
}

/** Those that the operations point to. */
function componentResponses(paths: Json): Json {
  const used = new Set(
    [...JSON.stringify(paths).matchAll(/#\/components\/responses\/([^"]+)/g)].map(([, key]) => key),
  );
  const keys = [...used].filter((key) => key !== undefined).sort();
  return Object.fromEntries(keys.map((key) => [key, refusalResponse(key.split('.') as ProblemName[])]));
}

function answerContent(answer: RouteDeclaration['answer']): Json {
  if ('shape' in answer) return { content: jsonContent(reference(answer.shape)) };
  if (!('mediaType' in answer)) return {};
  const schema = answer.mediaType === 'application/json' ? { type: 'object' } : { type: 'string' };
  return { content: { [answer.mediaType]: { schema } } };
}

function refusalHeaders(status: number): Json {
  if (status !== 429 && status !== 503) return {};
  return {
    headers: {
      'Retry-After': { description: 'Seconds, where they are known.', schema: { type: 'integer' } },
    },
  };
}

function jsonContent(schema: Json): Json {
  return { 'application/json': { schema } };
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function componentSchemas(): Json {
  const registry = z.registry<{ id?: string | undefined }>();
  for (const [name, schema] of Object.entries(shapes)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
  });
  const named = Object.entries(schemas).map(([name, schema]) => [name, withoutNames(schema as Json)]);
  return { ...Object.fromEntries(named), Problem: problemSchema() };
}

function inputSchema(schema: z.ZodType): Json {
  const json = z.toJSONSchema(schema, { io: 'input', override: ({ jsonSchema }) => showCounts(jsonSchema) });
  return withoutNames(json as Json);
}

/** Numbers in a query arrive as text; to a caller they are numbers. */
function showCounts(schema: Record<string, unknown>): void {
  const { inQuery, description } = schema;
  if (typeof inQuery !== 'object' || inQuery === null) return;
  for (const key of Object.keys(schema)) delete schema[key];
  Object.assign(schema, { type: 'integer', ...inQuery }, description === undefined ? {} : { description });
}

/** OpenAPI names its dialect once, and its components by their place. */
function withoutNames({ $schema: _dialect, $id: _id, ...schema }: Json): Json {
  return schema;
}

function problemSchema(): Json {
  return {
    type: 'object',
    description: 'RFC 9457.',
    properties: {
      type: { type: 'string', enum: problemNames.map(problemType) },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string', description: 'A sentence for a person: what is wrong and what to do.' },
      field: {
        type: 'string',
        description: 'The path of the part of the request that is wrong, such as `reports[0].sequence`.',
      },
    },
    required: ['type', 'title', 'status', 'detail'],
  };
}
