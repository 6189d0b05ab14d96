import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProbeConfigurationText } from '../../src/probes/configuration.ts';
import { probeConfigurationSchema } from '../../src/probes/configuration.ts';
import { createProbe } from '../../src/probes/create-probe.ts';
import type { ProbeOutcome } from '../../src/probes/probe.ts';

/** Runs one probe as the healer does: with the defaults filled in, and a limit. */
export function probeOnce(configuration: ProbeConfigurationText, timeoutMs = 5_000): Promise<ProbeOutcome> {
  return createProbe(probeConfigurationSchema.parse(configuration)).run(AbortSignal.timeout(timeoutMs));
}

/** The same, and how long it took. */
export async function probeTimed(configuration: ProbeConfigurationText, timeoutMs: number) {
  const beganAt = performance.now();
  const outcome = await probeOnce(configuration, timeoutMs);
  return { outcome, tookMs: performance.now() - beganAt };
}

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'prunella-probe-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
