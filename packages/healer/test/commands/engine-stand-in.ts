import type { LogEntry, OperatorCommand, StepAutonomy, WhyNot } from '@prunella/core';
import type { Engine, IncidentView } from '../../src/engine/engine.ts';

/** A stand-in for the engine: answers what it was given, keeps what it was told. */
export interface EngineStandIn {
  readonly engine: Engine;
  readonly told: {
    readonly commands: { readonly resource: string; readonly command: OperatorCommand }[];
    readonly pauses: { readonly by: string; readonly reason: string }[];
    readonly resumes: string[];
  };
}

export interface StandInAnswers {
  readonly explanations?: ReturnType<Engine['explain']>;
  readonly incidents?: readonly IncidentView[];
  readonly log?: readonly LogEntry[];
  readonly whyNot?: WhyNot;
  readonly steps?: readonly StepAutonomy[];
  /** Why commands are refused; accepted where left out. */
  readonly refusal?: string;
  readonly paused?: ReturnType<Engine['pauseInForce']>;
}

export function standInEngine(answers: StandInAnswers): EngineStandIn {
  const told: EngineStandIn['told'] = { commands: [], pauses: [], resumes: [] };
  const { explanations = [], incidents = [], log = [], refusal, paused = null, whyNot, steps = [] } = answers;
  const engine: Engine = {
    report: () => null,
    signal: async () => ({ accepted: true, duplicate: false }),
    command: async (resource, command) => {
      told.commands.push({ resource, command });
      return refusal === undefined
        ? { accepted: true, note: `${command.command.type} done` }
        : { accepted: false, reason: refusal };
    },
    pause: async (by, reason) => {
      told.pauses.push({ by, reason });
    },
    resume: async (by) => {
      told.resumes.push(by);
    },
    pauseInForce: () => paused,
    directives: async () => ({ cursor: '', directives: [] }),
    explain: (resource) =>
      resource === undefined ? explanations : explanations.filter((one) => one.resource === resource),
    whyNot: (resource, action) => (whyNot?.resource === resource ? { ...whyNot, action } : null),
    autonomy: () => steps,
    resources: () => ({ items: [], next: null }),
    resource: () => null,
    resourcesUnder: () => [],
    incidents: async ({ incident: name, open, limit }) =>
      incidents
        .filter(({ incident }) => name === undefined || incident === name)
        .filter(({ state }) => open === undefined || (state === 'open') === open)
        .slice(0, limit),
    log: async ({ incident, after = -1, limit }) =>
      log.filter((entry) => entry.incident === incident && entry.sequence > after).slice(0, limit),
    onLog: () => () => {},
    stop: async () => {},
  };
  return { engine, told };
}
