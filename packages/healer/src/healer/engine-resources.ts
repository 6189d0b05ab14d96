import type { ResourceFacts } from '@prunella/core';
import type { Configuration } from '../configuration/configuration.ts';
import { resourceFacts } from '../configuration/load.ts';
import { type ProbeSettings, readProbeConfiguration } from '../configuration/probe-settings.ts';
import type { Environment } from '../configuration/secret.ts';
import type { EngineResource } from '../engine/options.ts';
import type { NodeProbe } from '../engine/prober.ts';
import { createProbe } from '../probes/create-probe.ts';
import type { Probe, ProbeOutcome } from '../probes/probe.ts';

/** The configured resources with their probes made. Rejects with a `SecretError`. */
export function engineResources(
  configuration: Configuration,
  environment: Environment,
  onProbe: (outcome: ProbeOutcome) => void = () => {},
): Promise<readonly EngineResource[]> {
  return Promise.all(
    resourceFacts(configuration).map(async (facts) => ({
      facts,
      probes: (await nodeProbes(configuration, facts, environment)).map(({ node, probe }) => ({
        node,
        probe: told(probe, onProbe),
      })),
    })),
  );
}

/** How often and how long to probe: the engine has one rhythm for all, so the quickest asked for. */
export function probeTimes(
  configuration: Configuration,
): { readonly probeEveryMs: number; readonly probeTimeoutMs: number } | Record<string, never> {
  const settings = Object.values(configuration.resources).flatMap(({ probe, nodes }) => [
    ...(probe === undefined ? [] : [probe]),
    ...Object.values(nodes).flatMap((node) => (node.probe === undefined ? [] : [node.probe])),
  ]);
  if (settings.length === 0) return {};
  return {
    probeEveryMs: Math.min(...settings.map(({ intervalMs }) => intervalMs)),
    probeTimeoutMs: Math.max(...settings.map(({ timeoutMs }) => timeoutMs)),
  };
}

async function nodeProbes(
  configuration: Configuration,
  { resource }: ResourceFacts,
  environment: Environment,
): Promise<readonly NodeProbe[]> {
  const declared = configuration.resources[resource];
  if (declared === undefined) return [];
  const written: [string | null, ProbeSettings | undefined][] = [
    [null, declared.probe],
    ...Object.entries(declared.nodes).map(([node, { probe }]): [string, ProbeSettings | undefined] => [
      node,
      probe,
    ]),
  ];
  const made = written.map(async ([node, settings]) => {
    if (settings === undefined) return [];
    const probe = createProbe(await readProbeConfiguration(settings, environment));
    return [{ node, probe: withTimeout(probe, settings.timeoutMs) }];
  });
  return (await Promise.all(made)).flat();
}

function told(probe: Probe, onProbe: (outcome: ProbeOutcome) => void): Probe {
  return {
    type: probe.type,
    async run(signal) {
      const outcome = await probe.run(signal);
      onProbe(outcome);
      return outcome;
    },
  };
}

/** The tighter of two limits: the probe's own and the one that the playbook's confirmation asks for. */
function withTimeout(probe: Probe, timeoutMs: number): Probe {
  return {
    type: probe.type,
    async run(signal) {
      const limit = new AbortController();
      const end = () => limit.abort();
      const timer = setTimeout(end, timeoutMs);
      timer.unref();
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      try {
        return await probe.run(limit.signal);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
      }
    },
  };
}
