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

/** Its generator and the schemas of answers are loaded when it is asked for, and not before. */
export function openapiRoute(add: AddRoute, book: RouteBook): void {
  add(declaration, async () => {
    const { openapiDocument } = await import('../openapi/document.ts');
    return openapiDocument(book.declarations);
  });
}
