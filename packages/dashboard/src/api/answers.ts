import type { Explanation, FleetFacts, IncidentStory, LogEntry, WhyNot } from '@prunella/core';
import { fieldsOf, listOf, optional } from './read.ts';
import { ask } from './request.ts';

export type Pause = NonNullable<FleetFacts['paused']>;
export type Incident = Omit<IncidentStory, 'credit'>;
export type Attempt = Incident['attempts'][number];

export interface RefusedConfiguration {
  readonly at: number;
  readonly code: string;
  readonly reason: string;
}

export interface Explanations {
  readonly paused: Pause | null;
  readonly refusedConfiguration: RefusedConfiguration | null;
  readonly explanations: readonly Explanation[];
}

const explanationTexts = ['resource', 'state', 'reason', 'impact'] as const;
const incidentTexts = ['incident', 'resource', 'playbook', 'state', 'story'] as const;

export async function askExplanations(signal?: AbortSignal): Promise<Explanations> {
  const answer = fieldsOf(await ask('/v1/explanations', withSignal(signal)), 'explanations');
  return {
    paused: optional<Pause>(answer['paused'], 'paused', ['by']),
    refusedConfiguration: optional<RefusedConfiguration>(
      answer['refusedConfiguration'],
      'refusedConfiguration',
      ['reason'],
    ),
    explanations: listOf<Explanation>(answer['explanations'], 'explanations', explanationTexts),
  };
}

export async function askIncidents(
  query: { readonly open?: boolean; readonly limit: number },
  signal?: AbortSignal,
): Promise<readonly Incident[]> {
  const open = query.open === undefined ? '' : `&open=${query.open}`;
  const answer = fieldsOf(
    await ask(`/v1/incidents?limit=${query.limit}${open}`, withSignal(signal)),
    'incidents',
  );
  return listOf<Incident>(answer['incidents'], 'incidents', incidentTexts);
}

/** At most 1,000 entries after the sequence. */
export async function askIncidentLog(
  incident: string,
  after: number,
  signal?: AbortSignal,
): Promise<readonly LogEntry[]> {
  const path = `/v1/incidents/${encodeURIComponent(incident)}/log?after=${after}&limit=1000`;
  const answer = fieldsOf(await ask(path, withSignal(signal)), 'log');
  return listOf<LogEntry>(answer['entries'], 'entries', ['resource']);
}

export async function askWhyNot(resource: string, action: string, signal?: AbortSignal): Promise<WhyNot> {
  const answer = await ask(`/v1/why-not?${new URLSearchParams({ resource, action })}`, withSignal(signal));
  const fields = fieldsOf(answer, 'why-not');
  listOf(fields['reasons'], 'why-not.reasons', ['rule', 'reason']);
  return answer as WhyNot;
}

function withSignal(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { signal };
}
