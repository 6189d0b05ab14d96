import type { ResourceState, UnheededSignal } from '../decide/state.ts';
import { duration } from '../decide/wording.ts';

const shown = 3;
/** Nobody resolves the exit of a process; after this it says nothing of now. */
const signalToldMs = 3_600_000;

/** What speaks against the resource although no incident is open: failing probes, signals that nothing opens on. */
export function evidenceBesideReports(
  state: ResourceState,
  playbook: string,
  now: number,
): { readonly texts: readonly string[]; readonly remedies: readonly string[] } {
  const signals = (state.unheededSignals ?? []).filter(({ at }) => now - at < signalToldMs).slice(-shown);
  const probes = state.probes.filter((probe) => !probe.passed).slice(0, shown);
  const probed = probes.map(({ node, detail, failingSince }) => {
    const whose = node === null ? '' : ` of ${node}`;
    const since = failingSince === null ? '' : ` for ${duration(now - failingSince)}`;
    return `the healer's own probe${whose} fails${since}: ${detail}`;
  });
  const types = [...new Set(signals.map(({ type }) => type))];
  return {
    texts: [...probed, ...signals.map((signal) => signalText(signal, playbook, now))],
    remedies: types.map(
      (type) => `name ${type} in open.signals of the playbook ${playbook}, if it shall open on it`,
    ),
  };
}

function signalText(signal: UnheededSignal, playbook: string, now: number): string {
  const { source, type, node, summary, at } = signal;
  const where = node === null ? '' : ` at ${node}`;
  return `signal ${type} from ${source}${where} ${duration(now - at)} ago: ${summary}; the playbook ${playbook} does not open on it`;
}
