import type { FastifyReply, FastifyRequest } from 'fastify';
import { showsToken } from '../access/authenticate.ts';
import { RequestProblem } from './problem.ts';

/** Of answers that are no page: whoever opens one in a browser gets a text, and nothing in it does anything. */
const contentSecurityPolicy =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** On every answer that a browser could show; what programs post gets no more than it needs. */
export function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  reply.header('x-content-type-options', 'nosniff');
  if (request.method !== 'GET' && request.method !== 'HEAD') return;
  if (!reply.hasHeader('content-security-policy')) {
    reply.header('content-security-policy', contentSecurityPolicy);
  }
  reply.header('referrer-policy', 'no-referrer');
  reply.header('x-frame-options', 'DENY');
  reply.header('cross-origin-opener-policy', 'same-origin');
  reply.header('cross-origin-resource-policy', 'same-origin');
}

/** Asked by supervisors and load balancers, by whatever name; they tell nothing that is worth a lie. */
const underAnyName: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Believed by the signature of each message, under whatever name a proxy passes it on. */
const signedPaths = '/v1/notifications/slack/';

/**
 * A page elsewhere can give its own name the address of this machine and then ask as if it were ours. So a browser
 * must ask under a name that is ours. Programs show a token, which such a page does not have, and are not asked.
 */
export function requireOwnName(request: FastifyRequest, hosts: readonly string[]): void {
  if (showsToken(request)) return;
  const path = request.url.split('?', 1)[0] ?? '';
  if (underAnyName.has(path) || path.startsWith(signedPaths)) return;
  const host = nameIn(request.headers.host ?? '');
  if (isOfThisMachine(host) || hosts.some((one) => nameIn(one) === host)) return;
  throw new RequestProblem(
    'host-refused',
    `this healer listens on this machine only and is not called ${host.slice(0, 200)}: ask under localhost, or name the host under \`server.hosts\` in prunella.yaml`,
  );
}

export function isOfThisMachine(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    host === '::1' ||
    isLoopback(host)
  );
}

function isLoopback(host: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Without a port. */
function nameIn(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '');
}
