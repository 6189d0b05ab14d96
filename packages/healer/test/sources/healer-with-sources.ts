import type { LogEntry, Signal } from '@prunella/core';
import { waitFor } from '@prunella/labs';
import { startHealer } from '../../src/healer/start-healer.ts';
import { type FateCounts, noFates } from '../../src/sources/source-counts.ts';
import { afterwards, workshop } from '../healer/workshop.ts';

/** Opens at once on any alert, event, report of a person or monitor, and asks before it does anything. */
export const openingPlaybook = `playbook: told
for: '*'
open: { signals: ['*'], confirm: none, graceAfterStart: 0s }
ladder:
  - action: http.restart
    target: db1
    autonomy: ask
`;

const usualConfiguration = `server: { port: 0 }
tokens: { reporter: { environment: REPORTER }, operator: { environment: OPERATOR } }
resources:
  postgres/main: { nodes: { db1: { target: db1 } } }
  redis/cache: {}
backends: { http: { actions: { restart: { url: 'http://127.0.0.1:9/restart' } } } }
`;

export const tokens = { reporter: 'reporter-secret', operator: 'operator-secret' } as const;
const tokenVariables = { REPORTER: tokens.reporter, OPERATOR: tokens.operator };

/** A real healer on a free port, with these lines beside the usual configuration; stopped after the test. */
export async function healerWith(
  lines: string,
  settings: { readonly environment?: Record<string, string> } = {},
) {
  const { configurationFile, folder } = workshop({
    configuration: `${usualConfiguration}${lines}`,
    playbook: openingPlaybook,
  });
  const faults: string[] = [];
  const healer = await startHealer({
    configurationFile,
    environment: { ...tokenVariables, ...settings.environment },
    onEvent: (event) => {
      if (event.type === 'fault') faults.push(`${event.doing}: ${String(event.error)}`);
    },
  });
  afterwards(() => healer.stop());
  const { address, engine } = healer;
  if (address === null || engine === undefined) throw new Error('it does not heal');
  const send = (
    path: string,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
    token: string | null = tokens.reporter,
  ) =>
    fetch(`${address}${path}`, {
      method: 'POST',
      body,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
  const counts = async (source: string): Promise<FateCounts> => {
    const answer = await fetch(`${address}/v1/healer`, {
      headers: { authorization: `Bearer ${tokens.operator}` },
    });
    const { sources } = (await answer.json()) as { sources: Record<string, FateCounts> };
    return sources[source] ?? noFates;
  };
  const signals = async (): Promise<readonly Signal[]> =>
    (await engine.log({ limit: 1_000 })).flatMap(signalIn);
  const signalWhere = (wanted: (signal: Signal) => boolean, what: string) =>
    waitFor(async () => (await signals()).find(wanted), { what });
  return { healer, engine, address, folder, configurationFile, faults, send, signals, signalWhere, counts };
}

function signalIn({ event }: LogEntry): readonly Signal[] {
  return event.type === 'signal-received' ? [event.signal] : [];
}
