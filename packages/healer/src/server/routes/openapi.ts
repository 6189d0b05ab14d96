import type { AddRoute, RouteDeclaration } from '../route.ts';
import type { RouteBook } from '../route-book.ts';

const declaration = {
  id: 'getOpenapi',
  method: 'GET',
  path: '/v1/openapi.json',
  summary: 'This interface as OpenAPI 3.1',
  role: null,
  answer: { status: 200, mediaType: 'application/json', description: 'The document.' },
} as const satisfies RouteDeclaration;

/** It takes some 15 ms of the engine's own thread to write, and anybody may ask: so it is kept for a while. */
const keptForMs = 60_000;

/** Its generator and the schemas of answers are loaded when it is asked for, and not before. */
export function openapiRoute(add: AddRoute, book: RouteBook): void {
  let kept: Promise<string> | null = null;
  add(declaration, ({ reply }) => {
    if (kept === null) {
      kept = written(book);
      setTimeout(() => {
        kept = null;
      }, keptForMs).unref();
    }
    reply.type('application/json');
    return kept;
  });
}

async function written(book: RouteBook): Promise<string> {
  const { openapiDocument } = await import('../openapi/document.ts');
  return JSON.stringify(openapiDocument(book.declarations));
}
