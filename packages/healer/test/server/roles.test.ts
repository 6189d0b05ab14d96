import { describe, expect, test } from 'vitest';
import { everyPart } from './every-part.ts';
import { adminToken, operatorToken, reporterToken, serve, viewerToken } from './serve.ts';

const tokens = {
  nobody: '',
  reporter: reporterToken,
  viewer: viewerToken,
  operator: operatorToken,
  admin: adminToken,
};
type Who = keyof typeof tokens;

const everybody: readonly Who[] = ['nobody', 'reporter', 'viewer', 'operator', 'admin'];
const applications: readonly Who[] = ['reporter'];
const senders: readonly Who[] = ['reporter', 'operator', 'admin'];
const people: readonly Who[] = ['viewer', 'operator', 'admin'];
const operators: readonly Who[] = ['operator', 'admin'];
const admins: readonly Who[] = ['admin'];

/** Whom each route lets in; all others are refused. A new route needs a row. */
const allowed: Readonly<Record<string, readonly Who[]>> = {
  // The page's own files; what it shows it asks for with the caller's token.
  'GET /': everybody,
  'GET /incidents': everybody,
  'GET /incidents/:incident': everybody,
  'GET /resources': everybody,
  'GET /resources/:kind/:name': everybody,
  'GET /playbooks': everybody,
  'GET /playbooks/:name': everybody,
  'GET /assets/:name': everybody,
  'GET /livez': everybody,
  'GET /readyz': everybody,
  'GET /v1/openapi.json': everybody,
  'GET /metrics': people,
  // Believed by the signature of each message, whoever brings it.
  'POST /v1/callbacks/:attempt': everybody,
  'POST /v1/notifications/slack/:channel/actions': everybody,
  'POST /v1/reports': applications,
  'GET /v1/directives': applications,
  'POST /v1/signals': senders,
  'GET /v1/resources': people,
  'GET /v1/resources/:kind/:name': people,
  'GET /v1/playbooks': people,
  'GET /v1/playbooks/:name': people,
  'GET /v1/actions': people,
  'POST /v1/sources/alertmanager/:name': senders,
  'POST /v1/sources/cloudevents': senders,
  'POST /v1/sources/cloudevents/:name': senders,
  'POST /v1/sources/webhook/:name': senders,
  'POST /v1/sources/person': operators,
  'GET /v1/monitors': people,
  'GET /v1/explanations': people,
  'GET /v1/why-not': people,
  'GET /v1/autonomy': people,
  'GET /v1/incidents': people,
  'GET /v1/incidents/:incident': people,
  'GET /v1/incidents/:incident/log': people,
  'GET /v1/log': people,
  'GET /v1/log/stream': people,
  'GET /v1/stream': people,
  'GET /v1/presence': people,
  'GET /v1/healer': people,
  'GET /v1/drills': people,
  'POST /v1/drills/:drill': operators,
  'GET /v1/notifications': people,
  'POST /v1/notifications/:channel/test': operators,
  'POST /v1/attempts/:attempt/approve': operators,
  'POST /v1/attempts/:attempt/reject': operators,
  'POST /v1/attempts/:attempt/harmful': operators,
  'POST /v1/incidents/:incident/resume': operators,
  'POST /v1/incidents/:incident/close': operators,
  'POST /v1/incidents/:incident/claim': operators,
  'POST /v1/incidents/:incident/release': operators,
  'POST /v1/announcements': operators,
  'POST /v1/pause': operators,
  'POST /v1/resume': operators,
  'DELETE /v1/session': people,
  'POST /v1/session/code': people,
  'POST /v1/reload': admins,
  'GET /v1/tokens': admins,
  'POST /v1/tokens': admins,
  'POST /v1/tokens/:token/rotate': admins,
  'POST /v1/tokens/:token/revoke': admins,
  'GET /v1/audit': admins,
};

/** Asked by whoever is not known yet, and not with a token in a header: `sessions.test.ts`. */
const apart = ['GET /v1/session', 'POST /v1/session'];

const serveAll = () => serve(everyPart());

describe('a route', () => {
  test('has a row in the table of roles, and each row is a route', async () => {
    const { server } = await serveAll();
    expect([...server.routes].sort()).toEqual([...Object.keys(allowed), ...apart].sort());
  });

  test.each(Object.entries(allowed))('%s lets in: %j', async (route, letIn) => {
    const { call } = await serveAll();
    const [method = '', path = ''] = route.split(' ');
    for (const [who, token] of Object.entries(tokens)) {
      const abort = new AbortController();
      const response = await call(path.replaceAll(/:\w+/g, 'x'), {
        method,
        token,
        signal: abort.signal,
        ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' }),
      });
      const refused = who === 'nobody' ? response.status === 401 : response.status === 403;
      expect(refused, `${who}: ${response.status}`).toBe(!letIn.some((one) => one === who));
      abort.abort();
    }
  });
});
