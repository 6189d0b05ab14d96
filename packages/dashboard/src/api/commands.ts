import { HealerProblem, HealerUnreachable } from './problem.ts';
import { fieldsOf } from './read.ts';
import { ask } from './request.ts';
import { findSession } from './session.ts';

/** What a person may order; each resolves when it is on disk and decided, with a note of the healer's where it has one. */
const post = async (path: string, body: object = {}): Promise<string> => {
  const answer = fieldsOf(await askOnce(path, body), 'receipt');
  return typeof answer['note'] === 'string' ? answer['note'] : '';
};

const againAfterMs = 500;

/** An answer that was lost is asked for once more: the healer carries out what has the same key once. */
async function askOnce(path: string, body: object): Promise<unknown> {
  // Not `randomUUID`: browsers keep that from pages that came without TLS.
  const key = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
  const options = { method: 'POST', body, headers: { 'idempotency-key': key } } as const;
  try {
    return await ask(path, options);
  } catch (error) {
    if (error instanceof HealerProblem && error.code === 'csrf-refused') {
      // Somebody signed in anew in another window of this browser: the cookie is another one now.
      await findSession();
      return ask(path, options);
    }
    if (!(error instanceof HealerUnreachable)) throw error;
    await new Promise((resolve) => setTimeout(resolve, againAfterMs));
    return ask(path, options);
  }
}

const id = encodeURIComponent;

export const commands = {
  approve: (attempt: string) => post(`/v1/attempts/${id(attempt)}/approve`),
  reject: (attempt: string, reason: string) => post(`/v1/attempts/${id(attempt)}/reject`, { reason }),
  pause: (reason: string) => post('/v1/pause', { reason }),
  resume: () => post('/v1/resume'),
  resumeLadder: (incident: string) => post(`/v1/incidents/${id(incident)}/resume`),
  close: (incident: string, reason: string) => post(`/v1/incidents/${id(incident)}/close`, { reason }),
  claim: (incident: string, reason: string) => post(`/v1/incidents/${id(incident)}/claim`, { reason }),
  release: (incident: string) => post(`/v1/incidents/${id(incident)}/release`),
  beginMaintenance: (resource: string, forMs: number, reason: string) =>
    post('/v1/announcements', { resource, announcement: { type: 'maintenance-begin', forMs, reason } }),
  endMaintenance: (resource: string) =>
    post('/v1/announcements', { resource, announcement: { type: 'maintenance-end' } }),
  /** 0 ms: it has ended, or is over before anybody announced it. */
  announceDeploy: (resource: string, forMs: number, what: string) =>
    post('/v1/announcements', { resource, announcement: { type: 'announce-deploy', forMs, what } }),
  /** Rejects where the drill did not do what it should. */
  beginDrill: async (drill: string) => {
    const { done, detail } = fieldsOf(
      await ask(`/v1/drills/${id(drill)}`, { method: 'POST', body: {} }),
      'drill',
    );
    if (done !== true) throw new Error(`It did not work: ${String(detail)}.`);
  },
  liftDemotion: (resource: string, step: string) =>
    post('/v1/announcements', { resource, announcement: { type: 'lift-demotion', step } }),
} as const;
