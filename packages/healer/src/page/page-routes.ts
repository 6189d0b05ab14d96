import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestProblem } from '../server/problem.ts';
import { type PageFile, type PageFiles, readPageFiles } from './page-files.ts';

/** Each view of the page has its own address; the page itself finds out what it means. */
const viewPaths = [
  '/',
  '/incidents',
  '/incidents/:incident',
  '/resources',
  '/resources/:kind/:name',
  '/playbooks',
  '/playbooks/:name',
];

/** Nothing but our own files: no inline script or style, no other origin, no frame around it. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const notBuilt =
  'the page is not built here: `npm run page` builds it; all that it shows is also said by `prunella explain`';

/** The page at `/`, to anyone: it holds nothing but code, and asks for its data with the caller's own leave. */
export function pageRoutes(
  app: FastifyInstance,
  read: () => Promise<PageFiles | null> = readPageFiles,
): void {
  // Read when it is first asked for: a healer at which nobody looks keeps no page in memory.
  let files: Promise<PageFiles | null> | null = null;
  const present = async (): Promise<PageFiles> => {
    files ??= read();
    const found = await files.catch(() => null);
    if (found !== null) return found;
    files = null;
    throw new RequestProblem('not-ready', notBuilt);
  };
  for (const url of viewPaths) {
    app.get(url, async (request, reply) => {
      reply.header('content-security-policy', contentPolicy);
      return sendFile(request, reply, (await present()).index, 'no-cache');
    });
  }
  app.get<{ Params: { name: string } }>('/assets/:name', async (request, reply) => {
    const file = (await present()).assets.get(request.params.name);
    if (file === undefined) {
      throw new RequestProblem('not-found', 'the page has no such file: load the page anew');
    }
    // A worker goes by the policy of its own file, not by that of the page that started it.
    reply.header('content-security-policy', contentPolicy);
    return sendFile(request, reply, file, 'public, max-age=31536000, immutable');
  });
}

function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: PageFile,
  caching: string,
): FastifyReply {
  reply.headers({ 'cache-control': caching, etag: file.etag, vary: 'accept-encoding' });
  const known = request.headers['if-none-match'];
  if (known?.split(',').some((each) => each.trim().replace(/^W\//, '') === file.etag)) {
    return reply.status(304).send();
  }
  const takesPacked = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(
    request.headers['accept-encoding'] ?? '',
  );
  reply.type(file.type);
  if (!takesPacked || file.packed === null) return reply.send(file.body);
  return reply.header('content-encoding', 'gzip').send(file.packed);
}
