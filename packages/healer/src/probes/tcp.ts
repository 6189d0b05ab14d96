import { probeFrom } from './failure.ts';
import type { Probe } from './probe.ts';
import { converse } from './wire.ts';

/** Passes where a connection is accepted. A stopped process passes it: its kernel accepts for it. */
export function tcpProbe(configuration: { readonly host: string; readonly port: number }): Probe {
  return probeFrom('tcp', (signal) => converse(configuration, signal, async () => 'connected'));
}
