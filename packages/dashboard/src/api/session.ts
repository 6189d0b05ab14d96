import { computed, signal } from '@preact/signals';
import { HealerProblem } from './problem.ts';
import { fieldsOf } from './read.ts';
import { ask, send, useCredentials } from './request.ts';

type Role = 'viewer' | 'operator' | 'admin';

export interface Session {
  readonly name: string;
  readonly role: Role;
  readonly csrfToken: string;
  readonly expiresAt: number;
}

/** `unknown` until the healer has answered once; null: nobody is signed in. */
export const session = signal<Session | null | 'unknown'>('unknown');

/** Who is signed in. */
export const person = computed(() => (session.value === 'unknown' ? null : session.value));

/** Why the person may not order anything; null where they may. */
export const whyNoOrders = computed(() => {
  const who = person.value;
  if (who === null) return 'You are not signed in.';
  return who.role === 'viewer' ? `${who.name} is a viewer, and this needs an operator.` : null;
});

/** Why the newest try did not succeed; null where it did. */
export const signInProblem = signal<string | null>(null);

/** Why a session ended, for whoever signs in again. */
export const signedOutBecause = signal<string | null>(null);

useCredentials({
  csrfToken: () => person.peek()?.csrfToken ?? null,
  onStranger: () => {
    if (person.peek() !== null)
      signedOutBecause.value = 'Your session has ended. Sign in again; nothing is lost.';
    session.value = null;
  },
});

/** Asks the healer who we are. Rejects where it cannot be reached. */
export async function findSession(): Promise<void> {
  try {
    session.value = readSession(await ask('/v1/session'));
    signedOutBecause.value = null;
  } catch (error) {
    if (!(error instanceof HealerProblem)) throw error;
    session.value = null;
  }
}

export async function signIn(token: string): Promise<void> {
  const answer = await ask('/v1/session', { method: 'POST', body: { token } });
  signedOutBecause.value = null;
  signInProblem.value = null;
  session.value = readSession(answer);
}

/** With a code that a program made, such as `prunella page`. */
export async function signInByCode(code: string): Promise<void> {
  const answer = await ask('/v1/session', { method: 'POST', body: { code } });
  signedOutBecause.value = null;
  signInProblem.value = null;
  session.value = readSession(answer);
}

export async function signOut(): Promise<void> {
  await send('/v1/session', { method: 'DELETE' });
  session.value = null;
}

function readSession(answer: unknown): Session {
  const { name, role, csrfToken, expiresAt } = fieldsOf(answer, 'session');
  return {
    name: typeof name === 'string' ? name : 'somebody',
    role: role === 'admin' || role === 'operator' ? role : 'viewer',
    csrfToken: typeof csrfToken === 'string' ? csrfToken : '',
    expiresAt: typeof expiresAt === 'number' ? expiresAt : Number.POSITIVE_INFINITY,
  };
}
