import type { Problem } from '@prunella/core';
import { knownActions } from '../../configuration/actions.ts';
import { loadConfiguration, loadPlaybooks } from '../../configuration/load.ts';
import type { Environment } from '../../configuration/secret.ts';
import { engineResources } from '../../healer/engine-resources.ts';

/** What the healer itself will make of the files, and of what they name. */
export interface FirstLook {
  /** As `prunella check` tells them. */
  readonly problems: readonly Problem[];
  /** What the probe saw; null where it could not be tried. */
  readonly probe: { readonly passed: boolean; readonly detail: string } | null;
}

const probeTimeoutMs = 3_000;

export async function lookAtIt(file: string, environment: Environment): Promise<FirstLook> {
  const { configuration, document, problems } = await loadConfiguration(file, environment);
  if (configuration === null) return { problems, probe: null };
  const playbooks = await loadPlaybooks(configuration, knownActions(configuration), document);
  return {
    problems: [...problems, ...playbooks.problems],
    probe: await engineResources(configuration, environment).then(
      async ([resource]) => {
        const probe = resource?.probes[0]?.probe;
        return probe === undefined ? null : await probe.run(AbortSignal.timeout(probeTimeoutMs));
      },
      // A secret that is not there is among the problems, or told at the start.
      (error: unknown) => ({ passed: false, detail: error instanceof Error ? error.message : String(error) }),
    ),
  };
}
