import type { LogEntry, Signal } from '@prunella/core';
import { waitFor } from '@prunella/labs';
import { startHealer } from '../../src/healer/start-healer.ts';
import type { MonitorView } from '../../src/monitors/monitor.ts';
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

interface Settings {
  readonly environment?: Record<string, string>;
  readonly playbook?: string;
}

/** A real healer on a free port, with these lines beside the usual configuration; stopped after the test. */
export async function healerWith(lines: string, settings: Settings = {}) {
  const place = workshop({
    configuration: `${usualConfiguration}${lines}`,
    playbook: settings.playbook ?? openingPlaybook,
  });
  return startAgain(place, settings);
}

/** Another one on the same store, after the former has stopped. */
export async function startAgain(
  { configurationFile, folder }: { readonly configurationFile: string; readonly folder: string },
  settings: Settings = {},
) {
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
  const ask = async (path: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${tokens.operator}` };
    return (await fetch(`${address}${path}`, { headers })).json();
  };
  const counts = async (source: string): Promise<FateCounts> => {
    const { sources } = (await ask('/v1/healer')) as { sources: Record<string, FateCounts> };
    return sources[source] ?? noFates;
  };
  const monitors = async () => ((await ask('/v1/monitors')) as { items: MonitorView[] }).items;
  const checks = (name: string, least: number) =>
    waitFor(async () => (await monitors()).some((one) => one.name === name && one.checks >= least), {
      what: `${least} checks of ${name}`,
    });
  const signals = async (): Promise<readonly Signal[]> =>
    (await engine.log({ limit: 1_000 })).flatMap(signalIn);
  const signalWhere = (wanted: (signal: Signal) => boolean, what: string) =>
    waitFor(async () => (await signals()).find(wanted), { what });
  return {
    healer,
    engine,
    address,
    folder,
    configurationFile,
    faults,
    send,
    signals,
    signalWhere,
    counts,
    monitors,
    checks,
  };
}

function signalIn({ event }: LogEntry): readonly Signal[] {
  return event.type === 'signal-received' ? [event.signal] : [];
}
