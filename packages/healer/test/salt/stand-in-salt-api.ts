import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { SaltConfiguration } from '../../src/backends/salt/configuration.ts';

/** Of a backend beside it, whose password is in the variable PASSWORD. */
export function settingsBeside({ url }: StandInSaltApi) {
  return {
    mode: 'api',
    url,
    username: 'healer',
    eauth: 'sharedsecret',
    password: { environment: 'PASSWORD' },
    loginTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
    fences: 'module',
    watch: false,
    commands: [],
    runners: [],
    furtherMasters: [],
    limits: { perMaster: 10, perMinion: 1, perJob: 50 },
  } as const satisfies SaltConfiguration;
}

interface StandInReturn {
  readonly return: unknown;
  readonly retcode: number;
}

interface StandInJob {
  readonly jid: string;
  readonly function: string;
  readonly minions: readonly string[];
  readonly metadata: unknown;
  /** By minion; what is not in here has not come back. */
  readonly returns: Record<string, StandInReturn>;
}

/** A call as it came in: `local_async`, `local` or `runner`. */
interface StandInCall {
  readonly client: string;
  readonly fun: string;
  readonly tgt: readonly string[];
  readonly kwarg: Readonly<Record<string, unknown>>;
  readonly metadata?: unknown;
}

/**
 * A stand-in for salt-api, by script: a real one cannot be made to lose the answer to the second of two requests, nor
 * a return of one minion of two. It knows logins, jobs, and questions to minions.
 */
export interface StandInSaltApi {
  readonly url: string;
  readonly jobs: StandInJob[];
  readonly calls: StandInCall[];
  /** What the minions give back of a job that begins; default nothing. `lost`: nobody hears that it began. */
  onStart: (call: StandInCall) => { readonly returns?: StandInJob['returns']; readonly lost?: boolean };
  /** What minions answer to a question; default nothing. */
  onAsk: (call: StandInCall) => Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function startStandIn(): Promise<StandInSaltApi> {
  const server = createServer((incoming, outgoing) => {
    answer(standIn, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const standIn: StandInSaltApi = {
    url: `http://127.0.0.1:${port}`,
    jobs: [],
    calls: [],
    onStart: () => ({}),
    onAsk: () => ({}),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}

async function answer(standIn: StandInSaltApi, incoming: IncomingMessage, outgoing: ServerResponse) {
  const path = incoming.url ?? '/';
  if (path === '/login') {
    const token = { token: 'token', start: 0, expire: 3_600, perms: [] };
    return send(outgoing, { return: [token] });
  }
  if (path.startsWith('/jobs/')) return send(outgoing, jobAnswer(standIn, path.slice('/jobs/'.length)));
  if (incoming.method !== 'POST') return outgoing.writeHead(404).end();
  const [low] = JSON.parse(await text(incoming));
  const call: StandInCall = { tgt: [], kwarg: {}, ...low };
  standIn.calls.push(call);
  if (call.client === 'local') {
    const answers = Object.entries(standIn.onAsk(call)).map(([id, ret]) => [id, { ret, retcode: 0 }]);
    return send(outgoing, { return: [Object.fromEntries(answers)] });
  }
  if (call.client === 'runner') return send(outgoing, { return: [listed(standIn, call)] });
  const { returns = {}, lost = false } = standIn.onStart(call);
  const jid = String(20_261_126_070_000_000_000n + BigInt(standIn.jobs.length));
  const { fun, tgt, metadata } = call;
  standIn.jobs.push({ jid, function: fun, minions: tgt, metadata, returns });
  if (lost) return outgoing.destroy();
  return send(outgoing, { return: [{ jid, minions: tgt }] });
}

function listed({ jobs }: StandInSaltApi, { kwarg }: StandInCall): Readonly<Record<string, unknown>> {
  const wanted = JSON.stringify(kwarg['search_metadata']);
  const found = jobs.filter(({ metadata }) => JSON.stringify(metadata) === wanted);
  return Object.fromEntries(found.map(({ jid }) => [jid, {}]));
}

function jobAnswer({ jobs }: StandInSaltApi, jid: string): unknown {
  const job = jobs.find((one) => one.jid === jid);
  if (!job) return { info: [{ Error: 'Cannot contact returner or no job with this jid' }], return: [{}] };
  return { info: [{ Function: job.function, Minions: job.minions, Result: job.returns }], return: [{}] };
}

function send(outgoing: ServerResponse, body: unknown) {
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  return outgoing.end(JSON.stringify(body));
}
