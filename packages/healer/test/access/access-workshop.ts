import type { AccessRecords } from '../../src/access/access-records.ts';
import { type AccessRoomOptions, createAccessRoom } from '../../src/access/access-room.ts';
import { memoryRecords } from '../../src/access/memory-records.ts';
import type { ServerOptions } from '../../src/server/create-server.ts';
import { adminToken, operatorToken, reporterToken, serve, viewerToken } from '../server/serve.ts';
import { type RawRequest, rawRequest } from './raw-request.ts';

export const configured = [
  { name: 'actioner', role: 'reporter', token: reporterToken },
  { name: 'wall', role: 'viewer', token: viewerToken },
  { name: 'anna', role: 'operator', token: operatorToken },
  { name: 'root', role: 'admin', token: adminToken },
] as const;

export interface Workshop {
  readonly records: AccessRecords;
  /** Ms since the Unix epoch; a test moves it on. */
  readonly clock: { now: number };
}

export function workshop(): Workshop {
  return { records: memoryRecords(), clock: { now: 1_800_000_000_000 } };
}

/** A server with its own room; of the same workshop again, it is the next process on the same store. */
export async function serveRoom(
  { records, clock }: Workshop = workshop(),
  options: Partial<AccessRoomOptions> = {},
  server: Partial<ServerOptions> = {},
) {
  const room = createAccessRoom({ configured, records, now: () => clock.now, ...options });
  const served = await serve({
    access: { type: 'tokens', tokens: options.configured ?? configured },
    room,
    backends: [],
    ...server,
  });
  const ask = (path: string, asked?: RawRequest) => rawRequest(served.address, path, asked);
  return { ...served, room, ask };
}

export type ServedRoom = Awaited<ReturnType<typeof serveRoom>>;

/** Signs in as a page does. */
export async function signIn({ ask }: ServedRoom, token: string = operatorToken, more: RawRequest = {}) {
  const answer = await ask('/v1/session', { ...more, body: { token } });
  const [setCookie = ''] = [answer.headers['set-cookie']].flat();
  const cookie = /^prunella_session=([^;]*)/.exec(setCookie)?.[1] ?? '';
  const csrf = String(answer.json['csrfToken']);
  return {
    answer,
    setCookie,
    cookie,
    csrf,
    /** The headers of an order from the page. */
    headers: { cookie: `prunella_session=${cookie}`, 'x-prunella-csrf': csrf },
  };
}

/** The answer to whoever made a token, as far as tests look into it. */
export interface MadeToken {
  readonly token: { readonly id: string };
  readonly secret: string;
}
