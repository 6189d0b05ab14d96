import type { EmbeddedEngine } from '../engine/embedded-engine.ts';
import type { EngineMeasures } from '../engine/measures.ts';
import type { ChannelStatus } from '../notify/delivery/health.ts';
import type { ConfigurationStanding } from '../server/routes/health.ts';
import type { FateCounts } from '../sources/source-counts.ts';
import type { BackendWatch } from './backend-watch.ts';
import { Gauge, type Labels, type Metric } from './metric.ts';
import type { RequestCounts } from './request-counts.ts';

/** Where the present is read. */
export interface MetricSources {
  readonly version: string;
  readonly engine: Pick<EmbeddedEngine, 'measures' | 'ledger' | 'pauseInForce' | 'waiting'>;
  readonly standing: () => Pick<ConfigurationStanding, 'refused'>;
  readonly pulse: {
    readonly isHealthy: boolean;
    /** Ms since the Unix epoch; null before the first. */
    readonly lastHealthyAt: number | null;
  };
  readonly heartbeat: { readonly lastSentAt: number | null; readonly failuresInARow: number };
  readonly backends: Pick<BackendWatch, 'states'>;
  readonly sources: () => ReadonlyMap<string, FateCounts>;
  readonly channels: () => readonly ChannelStatus[];
  readonly requests: Pick<RequestCounts, 'counts' | 'held'>;
}

const flag = (value: boolean) => (value ? 1 : 0);
const seconds = (at: number | null) => (at === null ? 0 : at / 1_000);

/** What is now. Each `text` of the page reads the engine once. */
export function makeGauges(sources: MetricSources): readonly Metric[] {
  return [
    ...healerGauges(sources),
    ...engineGauges(sources),
    ...requestGauges(sources),
    ...channelGauges(sources),
    ...processGauges(),
  ];
}

function healerGauges({ version, engine, standing, pulse, heartbeat, backends }: MetricSources) {
  return [
    new Gauge(
      { name: 'prunella_build_info', help: 'Always 1; the version is in the label', labels: ['version'] },
      () => [[{ version }, 1]],
    ),
    new Gauge({ name: 'prunella_ready', help: '1 while the healer decides and its store takes writes' }, () =>
      flag(pulse.isHealthy),
    ),
    new Gauge(
      {
        name: 'prunella_last_healthy_cycle_timestamp_seconds',
        help: 'When the healer last decided something and wrote to its store, idle cycles included; 0 before the first',
      },
      () => seconds(pulse.lastHealthyAt),
    ),
    new Gauge(
      {
        name: 'prunella_heartbeat_last_sent_timestamp_seconds',
        help: 'When the address of `heartbeat.url` last took a heartbeat; 0 where it never did',
      },
      () => seconds(heartbeat.lastSentAt),
    ),
    new Gauge(
      {
        name: 'prunella_heartbeat_failures_in_a_row',
        help: 'Heartbeats that failed since one was last taken',
      },
      () => heartbeat.failuresInARow,
    ),
    new Gauge({ name: 'prunella_paused', help: '1 while the kill switch is pulled' }, () =>
      flag(engine.pauseInForce() !== null),
    ),
    new Gauge(
      {
        name: 'prunella_configuration_refused',
        help: '1 while a newer configuration cannot be used and the former is in force',
      },
      () => flag(standing().refused !== null),
    ),
    new Gauge(
      {
        name: 'prunella_backend_up',
        help: '1 where the backend answered when it was last asked; it is asked at most once a minute, when metrics are read',
        labels: ['backend'],
      },
      () => backends.states().map(({ backend, isUp }) => [{ backend }, flag(isUp)]),
    ),
  ];
}

function engineGauges({ engine }: MetricSources): readonly Metric[] {
  let read: EngineMeasures | null = null;
  const measured = () => {
    if (read !== null) return read;
    // One look for all figures of a page, which is written within one turn.
    queueMicrotask(() => {
      read = null;
    });
    read = engine.measures();
    return read;
  };
  const one = (name: string, help: string, read: () => number) => new Gauge({ name, help }, read);
  return [
    one('prunella_resources', 'Resources that are configured or were heard of', () => measured().resources),
    one(
      'prunella_observers',
      'Instances heard of lately, counted at each resource that they use',
      () => measured().observers,
    ),
    one('prunella_incidents_suspected', 'Resources under suspicion now', () => measured().suspected),
    new Gauge(
      {
        name: 'prunella_incidents_open',
        help: 'Open incidents by the state of their ladder',
        labels: ['ladder'],
      },
      () => pairs('ladder', measured().incidents),
    ),
    one(
      'prunella_incidents_needing_person',
      'Open incidents that only a person can take further: exhausted, paused, or with a question that waits',
      () => measured().needPerson,
    ),
    new Gauge(
      { name: 'prunella_attempts_under_way', help: 'Attempts now, by phase', labels: ['phase'] },
      () => {
        const { inFlight, verifying, awaitingApproval } = measured();
        return pairs('phase', { 'in-flight': inFlight, verifying, 'awaiting-approval': awaitingApproval });
      },
    ),
    new Gauge(
      {
        name: 'prunella_fleet_alarm',
        help: '1 while many incidents at once hold repairs (storm), or the healer doubts its own sight (isolation)',
        labels: ['alarm'],
      },
      () => {
        const { storm, isolation } = measured().alarms;
        return pairs('alarm', {
          storm: flag((storm ?? null) !== null),
          isolation: flag((isolation ?? null) !== null),
        });
      },
    ),
    new Gauge(
      {
        name: 'prunella_triggers_total',
        help: 'What became of every trigger over all starts: accepted = executed + suppressed + rejected + expired + pending',
        labels: ['fate'],
        counts: true,
      },
      () => {
        const { accepted, executed, suppressed, rejected, expired } = engine.ledger();
        return pairs('fate', { accepted, executed, suppressed, rejected, expired });
      },
    ),
    one('prunella_triggers_pending', 'Triggers that nothing became of yet', () => engine.ledger().pending),
    new Gauge(
      {
        name: 'prunella_queue_length',
        help: 'What waits: inputs to be decided, orders for backends, probes',
        labels: ['queue'],
      },
      () => pairs('queue', engine.waiting()),
    ),
  ];
}

function requestGauges({ requests, sources }: MetricSources): readonly Metric[] {
  return [
    new Gauge(
      {
        name: 'prunella_http_requests_total',
        help: 'Requests that were answered, by the operation id of their route and the class of the status',
        labels: ['route', 'status'],
        counts: true,
      },
      () => [...requests.counts()].map(([route, status, count]) => [{ route, status }, count]),
    ),
    new Gauge(
      {
        name: 'prunella_source_events_total',
        help: 'What became of what each source and monitor of the configuration told',
        labels: ['source', 'fate'],
        counts: true,
      },
      () =>
        [...sources()].flatMap(([source, counts]) =>
          Object.entries(counts).map(([fate, count]) => [{ source, fate }, count] as const),
        ),
    ),
    new Gauge({ name: 'prunella_held_requests', help: 'Long polls and streams that are open now' }, () =>
      requests.held(),
    ),
  ];
}

function channelGauges({ channels }: MetricSources): readonly Metric[] {
  return [
    new Gauge(
      {
        name: 'prunella_notifications_total',
        help: 'Notices to people by channel: delivered, given up or dropped (lost), and tries that failed',
        labels: ['channel', 'result'],
        counts: true,
      },
      () =>
        channels().flatMap(({ channel, delivered, lost, failures }) =>
          Object.entries({ delivered, lost, failed: failures }).map(
            ([result, count]) => [{ channel, result }, count] as const,
          ),
        ),
    ),
    new Gauge(
      {
        name: 'prunella_notifications_waiting',
        help: 'Notices that wait to be delivered by a channel',
        labels: ['channel'],
      },
      () => channels().map(({ channel, waiting }) => [{ channel }, waiting]),
    ),
    new Gauge(
      {
        name: 'prunella_notification_channel_dead',
        help: '1 where a channel to people has delivered nothing for a while, refuses one message after the other, or must be mended by a person',
        labels: ['channel'],
      },
      () => channels().map(({ channel, state }) => [{ channel }, flag(state === 'dead')]),
    ),
  ];
}

/** By the names that Prometheus' own libraries use. */
function processGauges(): readonly Metric[] {
  const startedAt = Date.now() / 1_000 - process.uptime();
  return [
    new Gauge({ name: 'process_start_time_seconds', help: 'When the process started' }, () => startedAt),
    new Gauge({ name: 'process_resident_memory_bytes', help: 'Memory of the process' }, () =>
      process.memoryUsage.rss(),
    ),
    new Gauge(
      { name: 'process_cpu_seconds_total', help: 'Time on processors, user and system', counts: true },
      () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1_000_000;
      },
    ),
  ];
}

function pairs(
  label: string,
  values: Readonly<Record<string, number>>,
): readonly (readonly [Labels, number])[] {
  return Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
}
