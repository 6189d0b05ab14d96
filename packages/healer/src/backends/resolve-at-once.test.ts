import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../configuration/parse.ts';
import { configuredBackends } from '../healer/configured-backends.ts';
import type { TargetRequest } from './backend.ts';

const environment = { SECRET: 'secret' };

/** Nobody listens at any of these addresses: who is asked does not answer. */
function backendsUnder(lines: string) {
  const { configuration, problems } = parseConfiguration(
    `resources: { redis/main: { nodes: { one: { target: r1 }, two: { target: r2 } } } }\nbackends: { ${lines} }`,
    '/nowhere/prunella.yaml',
    environment,
  );
  if (configuration === null) throw new Error(JSON.stringify(problems));
  return configuredBackends(configuration, environment, () => {}).backends;
}

const hook = `salt: { mode: hook, url: 'http://127.0.0.1:1', secret: { environment: SECRET }`;
const all = `
  http: { actions: { restart: { url: 'http://127.0.0.1:1/restart' } } },
  rethinkdb: { members: { r1: { port: 1 } } },
  process: { services: { r1: { command: [/bin/true] } } },
  ${hook} }`;

const one = { node: 'one', target: 'r1' };
const requests: readonly TargetRequest[] = [
  { select: 'failing-nodes' as const },
  { select: 'expression' as const, expression: 'r1, r2', matcher: 'list' as const },
  { select: 'expression' as const, expression: 'r*', matcher: 'glob' as const },
].map((target) => ({
  resource: 'redis/main',
  action: 'any',
  target,
  failing: [one],
  declared: [one, { node: 'two', target: 'r2' }],
}));

describe('whom a step means is said at once', () => {
  it.each(['http', 'rethinkdb', 'salt'])('by %s, and is what it answers when asked', async (name) => {
    const backend = backendsUnder(all).find((each) => each.name === name);
    if (backend?.resolveAtOnce === undefined) throw new Error(`${name} must be asked`);
    for (const request of requests) {
      const asked = await backend.resolve(request, new AbortController().signal);
      expect(backend.resolveAtOnce(request)).toEqual(asked);
    }
    expect(backend.resolveAtOnce(requests[0] ?? expect.fail())?.targets).toMatchObject([{ id: 'r1' }]);
  });

  it('not where runners or a Salt master know who answers, or where guards are told', () => {
    const api = `api: { username: prunella, password: { environment: SECRET } } }`;
    const [process] = backendsUnder(all).filter(({ name }) => name === 'process');
    const [salt] = backendsUnder(`${hook}, ${api}`).filter(({ name }) => name === 'salt');
    const [guard] = backendsUnder(all).filter(({ name }) => name === 'guard');
    expect([process, guard].map((each) => each?.resolveAtOnce)).toEqual([undefined, undefined]);
    expect(requests.map((request) => salt?.resolveAtOnce?.(request))).toEqual([null, null, null]);
  });
});
