import { readProbeConfiguration } from '../../configuration/probe-settings.ts';
import type { Environment } from '../../configuration/secret.ts';
import { createProbe } from '../../probes/create-probe.ts';
import type { Probe, ProbeOutcome } from '../../probes/probe.ts';
import type { Check, CheckOutcome } from '../check.ts';

type Question = Parameters<typeof readProbeConfiguration>[0]['check'];

/** The same question as a probe asks. Secrets are read each time, so that a new one is seen. */
export function probeCheck(question: Question, environment: Environment): Check {
  let made: { readonly key: string; readonly probe: Probe } | null = null;
  return {
    async run(signal) {
      const configuration = await readProbeConfiguration({ check: question }, environment);
      const key = JSON.stringify(configuration);
      // Kept while it is the same: some remember since when something is wrong.
      if (made?.key !== key) made = { key, probe: createProbe(configuration) };
      return outcomeOf(await made.probe.run(signal));
    },
  };
}

/** What is the healer's own host's fault, or the monitor's, says nothing of the resource. */
export function outcomeOf(outcome: ProbeOutcome): CheckOutcome {
  if (outcome.passed) return { state: 'ok', detail: outcome.detail };
  const { kind, detail } = outcome;
  return { state: kind === 'local' || kind === 'caller' ? 'unknown' : 'critical', detail };
}
