import type { Explanation, FleetFacts, IncidentStory, LogEntry, WhyNot } from '@prunella/core';
import { fieldsOf, listOf, one, optional } from './read.ts';
import { ask } from './request.ts';

type Pause = NonNullable<FleetFacts['paused']>;
export type Incident = Omit<IncidentStory, 'credit'>;
export type Attempt = Incident['attempts'][number];
type State = Explanation['state'];

interface RefusedConfiguration {
  readonly at: number;
  readonly code: string;
  readonly reason: string;
}

/** A way to people that delivers nothing. */
interface DeadChannel {
  readonly channel: string;
  readonly since: number | null;
  readonly error: string | null;
}

/** What there is to know at a glance. */
export interface FleetSummary {
  readonly paused: Pause | null;
  readonly refusedConfiguration: RefusedConfiguration | null;
  readonly deadChannels: readonly DeadChannel[];
  /** How many resources are in which state. */
  readonly states: Readonly<Partial<Record<State, number>>>;
}

export interface FleetNow extends FleetSummary {
  /** Of what is not ok; of very many the most urgent. */
  readonly explanations: readonly Explanation[];
}

const explanationTexts = ['resource', 'state', 'reason', 'impact'] as const;
const incidentTexts = ['incident', 'resource', 'playbook', 'state', 'story'] as const;

export function readFleetSummary(answer: unknown): FleetSummary {
  const { paused, refusedConfiguration, deadChannels = [], states } = fieldsOf(answer, 'fleet');
  return {
    paused: optional<Pause>(paused, 'paused', ['by']),
    refusedConfiguration: optional<RefusedConfiguration>(refusedConfiguration, 'refusedConfiguration', [
      'reason',
    ]),
    deadChannels: listOf<DeadChannel>(deadChannels, 'deadChannels', ['channel']),
    states: fieldsOf(states, 'states') as FleetSummary['states'],
  };
}

export function readFleetNow(answer: unknown): FleetNow {
  const { explanations } = fieldsOf(answer, 'now');
  return {
    ...readFleetSummary(answer),
    explanations: listOf<Explanation>(explanations, 'explanations', explanationTexts),
  };
}

export function readExplanation(answer: unknown): Explanation {
  return one<Explanation>(answer, 'explanation', explanationTexts);
}

export function readLogEntry(answer: unknown): LogEntry {
  const entry = one<LogEntry>(answer, 'log entry', ['resource']);
  fieldsOf(entry.event, 'log entry.event');
  return entry;
}

/** A page shows no more than that. */
const mostPages = 20;

/** The same as the stream begins with. */
export async function askNotOk(signal?: AbortSignal): Promise<FleetNow> {
  const page = async (cursor: string) =>
    fieldsOf(await ask(`/v1/explanations?ok=false&limit=1000${cursor}`, withSignal(signal)), 'explanations');
  const listed = (from: Readonly<Record<string, unknown>>) =>
    listOf<Explanation>(from['explanations'], 'explanations', explanationTexts);
  const answer = await page('');
  const explanations = [...listed(answer)];
  let { next } = answer;
  for (let pages = 1; typeof next === 'string' && pages < mostPages; pages += 1) {
    const more = await page(`&cursor=${encodeURIComponent(next)}`);
    explanations.push(...listed(more));
    next = more['next'];
  }
  const known = typeof answer['known'] === 'number' ? answer['known'] : explanations.length;
  const states: Partial<Record<State, number>> = { ok: known - explanations.length };
  for (const { state } of explanations) states[state] = (states[state] ?? 0) + 1;
  return { ...readFleetSummary({ ...answer, states }), explanations };
}

export interface IncidentPage {
  readonly incidents: readonly Incident[];
  /** Of the next page; null on the last. */
  readonly next: string | null;
}

export async function askIncidents(
  query: {
    readonly open?: boolean;
    readonly resource?: string;
    readonly cursor?: string;
    readonly limit: number;
  },
  signal?: AbortSignal,
): Promise<IncidentPage> {
  const words = new URLSearchParams({ limit: String(query.limit) });
  if (query.open !== undefined) words.set('open', String(query.open));
  if (query.resource !== undefined) words.set('resource', query.resource);
  if (query.cursor !== undefined) words.set('cursor', query.cursor);
  const { incidents, next } = fieldsOf(await ask(`/v1/incidents?${words}`, withSignal(signal)), 'incidents');
  return {
    incidents: listOf<Incident>(incidents, 'incidents', incidentTexts),
    next: typeof next === 'string' ? next : null,
  };
}

export async function askIncident(incident: string, signal?: AbortSignal): Promise<Incident> {
  const answer = await ask(`/v1/incidents/${encodeURIComponent(incident)}`, withSignal(signal));
  return one<Incident>(answer, 'incident', incidentTexts);
}

/** At most 1,000 entries after the sequence, the oldest first. */
export async function askIncidentLog(
  incident: string,
  after: number,
  signal?: AbortSignal,
): Promise<readonly LogEntry[]> {
  const path = `/v1/incidents/${encodeURIComponent(incident)}/log?after=${after}&limit=1000`;
  const { entries } = fieldsOf(await ask(path, withSignal(signal)), 'log');
  return listOf<LogEntry>(entries, 'entries', ['resource']);
}

/** Entries of a resource, of any incident or none, after the sequence; at most `limit`, the oldest first. */
export async function askResourceLog(
  resource: string,
  { after, limit }: { readonly after: number; readonly limit: number },
  signal?: AbortSignal,
): Promise<readonly LogEntry[]> {
  const words = new URLSearchParams({ resource, after: String(after), limit: String(limit) });
  const { entries } = fieldsOf(await ask(`/v1/log?${words}`, withSignal(signal)), 'log');
  return listOf<LogEntry>(entries, 'entries', ['resource']);
}

export async function askWhyNot(resource: string, action: string, signal?: AbortSignal): Promise<WhyNot> {
  const answer = await ask(`/v1/why-not?${new URLSearchParams({ resource, action })}`, withSignal(signal));
  const fields = fieldsOf(answer, 'why-not');
  listOf(fields['reasons'], 'why-not.reasons', ['rule', 'reason']);
  return answer as WhyNot;
}

export interface PlaybookStep {
  readonly id: string;
  readonly action: string;
  readonly effect: string;
  readonly autonomy: string;
  readonly afterMs: number;
  readonly everyMs: number;
  readonly max: number;
  readonly line: number;
}

export interface Playbook {
  readonly name: string;
  readonly file: string | null;
  /** Of the whole file; null where it came from none. */
  readonly text: string | null;
  readonly steps: readonly PlaybookStep[];
}

export async function askPlaybook(name: string, signal?: AbortSignal): Promise<Playbook> {
  const answer = await ask(`/v1/playbooks/${encodeURIComponent(name)}`, withSignal(signal));
  const playbook = one<Playbook>(answer, 'playbook', ['name']);
  listOf<PlaybookStep>(playbook.steps, 'playbook.steps', ['id', 'action']);
  return playbook;
}

export interface ResourceNode {
  readonly name: string;
  readonly target: string | null;
  readonly domain: string | null;
}

/** The nodes of a resource, each with what the backends know it as. */
export async function askNodes(resource: string, signal?: AbortSignal): Promise<readonly ResourceNode[]> {
  const path = `/v1/resources/${resource.split('/').map(encodeURIComponent).join('/')}?limit=1`;
  const { nodes } = fieldsOf(await ask(path, withSignal(signal)), 'resource');
  return listOf<ResourceNode>(nodes, 'resource.nodes', ['name']);
}

/** Names of the healer's resources that hold the text, by name; at most `limit`. */
export async function askResourceNames(
  part: string,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const words = new URLSearchParams({ limit: String(limit) });
  if (part !== '') words.set('match', `*${part}*`);
  const { items } = fieldsOf(await ask(`/v1/resources?${words}`, withSignal(signal)), 'resources');
  return listOf<{ readonly resource: string }>(items, 'resources.items', ['resource']).map(
    ({ resource }) => resource,
  );
}

function withSignal(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { signal };
}

/** What may be broken on purpose. */
export interface Drill {
  readonly name: string;
  readonly title: string;
  readonly resource: string;
}

export async function askDrills(signal: AbortSignal): Promise<readonly Drill[]> {
  const answer = fieldsOf(await ask('/v1/drills', { signal }), 'drills');
  return listOf<Drill>(answer['items'], 'drills', ['name', 'title', 'resource']);
}
