import { nearest } from '@prunella/core';
import { type Environment, readSecret, SecretError } from '../configuration/secret.ts';
import { alertmanagerPayload } from './alertmanager/payload.ts';
import { partsOfAlerts } from './alertmanager/to-signals.ts';
import { CloudEventError, NoCloudEvent } from './cloudevents/event.ts';
import { readEvents } from './cloudevents/read-request.ts';
import { type EventMapping, eventMapping, partsOfEvents } from './cloudevents/to-signals.ts';
import type {
  CloudEventsConfiguration,
  SourceConfiguration,
  SourcesConfiguration,
  WebhookConfiguration,
} from './configuration.ts';
import type { AcceptSignal } from './source.ts';
import type { FateCounts, SourceCounts } from './source-counts.ts';
import { type LaterAnswer, type SourceAnswer, takeParts } from './take-parts.ts';
import { checkSignature } from './webhook/signature.ts';
import { partsOfWebhook, type WebhookMapping, webhookMapping } from './webhook/to-signals.ts';

/** A request as it came: signatures cover its bytes. */
export interface SourceRequest {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

export type SourceOutcome =
  | { readonly outcome: 'answered'; readonly answer: SourceAnswer }
  | ({ readonly outcome: 'later' } & LaterAnswer)
  /** There is no such source. */
  | { readonly outcome: 'unknown'; readonly reason: string }
  | { readonly outcome: 'unsigned'; readonly reason: string }
  | { readonly outcome: 'malformed'; readonly reason: string; readonly field: string }
  | { readonly outcome: 'not-taken'; readonly reason: string };

type Kind = SourceConfiguration['type'];

/** `POST /v1/sources/cloudevents` without a name needs no configuration. */
const plainCloudEvents = 'cloudevents';
const usualCloudEvents: CloudEventsConfiguration = {
  type: 'cloudevents',
  when: undefined,
  map: { resource: 'event.subject' },
};

/** What other programs tell over HTTP, made into signals under the configuration in force. */
export class SourceDesk {
  readonly #environment: Environment;
  readonly #counts: SourceCounts;
  #sources: SourcesConfiguration = {};
  #events = new Map<string, EventMapping>();
  #webhooks = new Map<string, WebhookMapping>();

  constructor(environment: Environment, counts: SourceCounts) {
    this.#environment = environment;
    this.#counts = counts;
  }

  /** Goes over to other sources. Throws where an expression is wrong, which `prunella check` would have said. */
  configure(written: SourcesConfiguration): void {
    const sources: SourcesConfiguration =
      written[plainCloudEvents] === undefined
        ? { ...written, [plainCloudEvents]: usualCloudEvents }
        : written;
    const events = new Map<string, EventMapping>();
    const webhooks = new Map<string, WebhookMapping>();
    for (const [name, source] of Object.entries(sources)) {
      if (source.type === 'cloudevents') events.set(name, eventMapping(source));
      if (source.type === 'webhook') webhooks.set(name, webhookMapping(source));
    }
    this.#sources = sources;
    this.#events = events;
    this.#webhooks = webhooks;
    for (const name of Object.keys(sources)) this.#counts.declare(name);
  }

  /** What became of all that sources were told, since the start. */
  counts(): ReadonlyMap<string, FateCounts> {
    return this.#counts.read();
  }

  /** Whether a signature stands for the sender of this webhook, so that no token is asked for. */
  isSigned(name: string): boolean {
    const source = this.#source(name, 'webhook');
    return source?.type === 'webhook' && source.signature !== undefined;
  }

  async alertmanager(name: string, { body }: SourceRequest, accept: AcceptSignal): Promise<SourceOutcome> {
    const source = this.#source(name, 'alertmanager');
    if (source?.type !== 'alertmanager') return this.#unknown(name, 'alertmanager');
    const read = alertmanagerPayload.safeParse(jsonOf(body));
    if (!read.success) {
      const issue = read.error.issues[0];
      const field = issue?.path.join('.') ?? '';
      return { outcome: 'malformed', field, reason: issue?.message ?? 'this is no JSON' };
    }
    const { alerts, truncatedAlerts } = read.data;
    const outcome = await this.#take(name, partsOfAlerts(name, alerts, source), accept);
    if (outcome.outcome !== 'answered' || truncatedAlerts === 0) return outcome;
    this.#counts.count(name, 'unmapped', truncatedAlerts);
    const { answer } = outcome;
    const left = `${truncatedAlerts} more alerts were left out by Alertmanager's own \`max_alerts\``;
    const problems = [...answer.problems, left];
    return {
      outcome: 'answered',
      answer: { ...answer, unmapped: answer.unmapped + truncatedAlerts, problems },
    };
  }

  async cloudEvents(
    name: string,
    { headers, body }: SourceRequest,
    accept: AcceptSignal,
  ): Promise<SourceOutcome> {
    const mapping = this.#events.get(name);
    if (mapping === undefined) return this.#unknown(name, 'cloudevents');
    try {
      return await this.#take(name, partsOfEvents(readEvents(headers, body), mapping), accept);
    } catch (error) {
      if (error instanceof NoCloudEvent) return { outcome: 'not-taken', reason: error.message };
      if (!(error instanceof CloudEventError)) throw error;
      return { outcome: 'malformed', field: error.field, reason: error.message };
    }
  }

  async webhook(
    name: string,
    request: SourceRequest,
    accept: AcceptSignal,
    nowMs: number,
  ): Promise<SourceOutcome> {
    const source = this.#source(name, 'webhook');
    const mapping = this.#webhooks.get(name);
    if (source?.type !== 'webhook' || mapping === undefined) return this.#unknown(name, 'webhook');
    const checked = await this.#identityOf(source, request, nowMs);
    if (checked !== null && 'problem' in checked) return { outcome: 'unsigned', reason: checked.problem };
    const body = jsonOf(request.body);
    if (body === undefined) {
      return { outcome: 'malformed', field: '', reason: 'the body must be JSON in UTF-8' };
    }
    const told = { headers: request.headers, body, identity: checked?.identity ?? null };
    return this.#take(name, await partsOfWebhook(name, told, mapping), accept);
  }

  async #identityOf({ signature }: WebhookConfiguration, { headers, body }: SourceRequest, nowMs: number) {
    if (signature === undefined) return null;
    try {
      const secret = await readSecret(signature.secret, this.#environment);
      return checkSignature(signature, secret, headers, body, nowMs);
    } catch (error) {
      // A healer without the secret can believe nobody; its own faults say why.
      if (error instanceof SecretError) return { problem: 'the healer cannot read the secret now' };
      throw error;
    }
  }

  async #take(
    name: string,
    parts: Parameters<typeof takeParts>[1],
    accept: AcceptSignal,
  ): Promise<SourceOutcome> {
    const answer = await takeParts(name, parts, accept, this.#counts);
    return 'later' in answer ? { outcome: 'later', ...answer } : { outcome: 'answered', answer };
  }

  #source(name: string, type: Kind): SourceConfiguration | undefined {
    const source = Object.hasOwn(this.#sources, name) ? this.#sources[name] : undefined;
    return source?.type === type ? source : undefined;
  }

  #unknown(name: string, type: Kind): SourceOutcome {
    const known = Object.entries(this.#sources).flatMap(([each, source]) =>
      source.type === type ? [each] : [],
    );
    const meant = nearest(name, known);
    const advice =
      meant === null
        ? `write it into prunella.yaml: sources: { ${name.slice(0, 63)}: { type: ${type} } }`
        : `did you mean ${meant}?`;
    return {
      outcome: 'unknown',
      reason: `there is no source ${name.slice(0, 63)} of type ${type}: ${advice}`,
    };
  }
}

/** Undefined where it is none. */
function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
