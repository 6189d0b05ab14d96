import { declaredProblems } from '../../src/server/openapi/declared-problems.ts';
import { shapes } from '../../src/server/openapi/shapes/index.ts';
import { problemOf, problemType } from '../../src/server/problem.ts';
import type { RouteDeclaration } from '../../src/server/route.ts';

/**
 * Throws where an answer is not what its route declares: another status, a problem that it does not name, or a field
 * that its shape does not have. The response can still be read.
 */
export async function holdToDeclaration(
  declarations: readonly RouteDeclaration[],
  method: string,
  path: string,
  response: Response,
): Promise<void> {
  const declaration = declarations.find((one) => one.method === method && matches(one.path, path));
  if (declaration === undefined) return;
  const where = `${method} ${path} answered ${response.status}`;
  const { answer } = declaration;
  if (response.status >= 400) {
    holdToProblems(declaration, where, response.status, await response.clone().json());
    return;
  }
  if (response.status !== answer.status) throw new Error(`${where} in place of ${answer.status}`);
  if (!('shape' in answer)) return;
  const body: unknown = await response.clone().json();
  const read = shapes[answer.shape].safeParse(body);
  if (!read.success) throw new Error(`${where}, not ${answer.shape}: ${read.error.message}`);
  const undeclared = firstMissing(body, read.data, '');
  if (undeclared !== null)
    throw new Error(`${where} with ${undeclared}, which ${answer.shape} does not declare`);
}

function holdToProblems(declaration: RouteDeclaration, where: string, status: number, body: unknown): void {
  const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined;
  const name = declaredProblems(declaration).find((one) => problemType(one) === type);
  if (name === undefined)
    throw new Error(`${where} with ${String(type)}, which ${declaration.id} does not declare`);
  if (problemOf(name).status !== status) throw new Error(`${where} with ${name}`);
}

function matches(declared: string, path: string): boolean {
  const pattern = declared
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')));
  return new RegExp(`^${pattern.join('/')}$`).test(path.split('?', 1)[0] ?? '');
}

/** The path of the first thing in `body` that reading it by its shape left out; null where there is none. */
function firstMissing(body: unknown, read: unknown, path: string): string | null {
  if (typeof body !== 'object' || body === null) return null;
  const known = typeof read === 'object' && read !== null ? read : {};
  for (const [key, value] of Object.entries(body)) {
    const here = path === '' ? key : `${path}.${key}`;
    if (!Object.hasOwn(known, key)) return here;
    const missing = firstMissing(value, Reflect.get(known, key), here);
    if (missing !== null) return missing;
  }
  return null;
}
