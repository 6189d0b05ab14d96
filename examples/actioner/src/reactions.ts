import type { Monitor, Reaction } from './model.ts';

const httpTimeoutMs = 3_000;

/** Carries a reaction out. Never rejects: the answer says what came of it. */
export async function react(reaction: Reaction, monitor: Monitor): Promise<string> {
  if (reaction.run.type === 'log') return `${monitor.id} is ${monitor.status}`;
  const { id, status, failcount } = monitor;
  try {
    const response = await fetch(reaction.run.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reaction: reaction.id, monitor: id, status, failcount }),
      signal: AbortSignal.timeout(httpTimeoutMs),
    });
    await response.body?.cancel();
    return `HTTP ${response.status}`;
  } catch (error) {
    return `no answer: ${String(error)}`;
  }
}
