import { type Explanation, type Playbook, playbookUnder } from '@prunella/core';
import type { Configuration } from '../configuration/configuration.ts';
import type { Engine, IncidentView } from '../engine/engine.ts';
import type { Present, WaitingApproval } from './notice.ts';

/** What the notifier sees of the healer. */
export interface Surroundings {
  explanation(resource: string): Explanation | null;
  /** Null where it was forgotten, or is only suspected. */
  incident(resource: string, incident: string): Promise<IncidentView | null>;
  facts(resource: string): {
    readonly labels: Readonly<Record<string, string>>;
    readonly playbook: string | null;
  };
  present(resource: string, incident: string | null): Promise<Present>;
}

/** What people wrote, as far as notices name it. */
export interface Written {
  readonly configuration: Pick<Configuration, 'resources'>;
  readonly playbooks: readonly Playbook[];
}

export function surroundingsOf(engine: Engine, plan: () => Written): Surroundings {
  const explanation = (resource: string) => engine.explain(resource)[0] ?? null;
  const incidentOf = async (resource: string, incident: string) => {
    const [found] = await engine.incidents({ resource, incident, limit: 1 });
    return found ?? null;
  };
  return {
    explanation,
    incident: incidentOf,
    facts(resource) {
      const { configuration, playbooks } = plan();
      const labels = configuration.resources[resource]?.labels ?? {};
      const playbook = playbookUnder({ resource, labels, nodes: [] }, playbooks);
      return { labels, playbook: playbook?.name ?? null };
    },
    async present(resource, incident) {
      const explained = explanation(resource);
      const view = incident === null ? null : await incidentOf(resource, incident);
      const isPresent = explained?.incident === incident;
      return {
        explanation: explained,
        isOpen: view === null ? isPresent && incident !== null : view.state === 'open',
        story: view?.story ?? null,
        openedAt: view?.openedAt ?? null,
        firstFaultAt: view?.firstFaultAt ?? (isPresent ? (explained?.firstFaultAt ?? null) : null),
        closedAt: view?.closedAt ?? null,
        approval: waitingApproval(view),
        paused: engine.pauseInForce(),
      };
    },
  };
}

/** The question that an incident waits with. */
export function waitingApproval(view: IncidentView | null): WaitingApproval | null {
  const asked = view?.attempts.find(({ phase }) => phase === 'awaiting-approval');
  if (asked === undefined) return null;
  const wouldChange = (asked.predictions ?? []).flatMap(({ id, count, changes, problem }) =>
    problem === undefined
      ? [
          `${id}: ${count} to change${changes.length === 0 ? '' : ` (${changes.map(({ name }) => name).join(', ')})`}`,
        ]
      : [`${id}: ${problem}`],
  );
  return {
    attempt: asked.attempt,
    step: asked.step,
    action: asked.action,
    targets: asked.targets,
    wouldChange: wouldChange.slice(0, 20),
    expiresAt: asked.approval?.expiresAt ?? null,
  };
}
