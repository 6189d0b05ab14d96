import { emptyLedger } from '../../src/engine/ledger.ts';
import { makeCounters } from '../../src/metrics/counters.ts';
import { makeGauges } from '../../src/metrics/gauges.ts';
import type { Metric } from '../../src/metrics/metric.ts';

/** Every metric that a healer has, over a healer that does nothing. */
export function allMetrics(): readonly Metric[] {
  const gauges = makeGauges({
    version: '0.0.0',
    engine: {
      measures: () => ({
        resources: 0,
        suspected: 0,
        incidents: { climbing: 0, paused: 0, exhausted: 0 },
        inFlight: 0,
        verifying: 0,
        awaitingApproval: 0,
        needPerson: 0,
        observers: 0,
        alarms: {},
      }),
      ledger: () => emptyLedger,
      pauseInForce: () => null,
      waiting: () => ({ decisions: 0, orders: 0, probes: 0 }),
    },
    standing: () => ({ refused: null }),
    pulse: { isHealthy: true, lastHealthyAt: null },
    heartbeat: { lastSentAt: null, failuresInARow: 0 },
    backends: { states: () => [] },
    sources: () => new Map(),
    channels: () => [],
    requests: { counts: () => [], held: () => 0 },
  });
  return [...Object.values(makeCounters()), ...gauges];
}

/** For docs/metrics.md. */
export function metricsTable(): string {
  const rows = allMetrics().map(({ name, type, labels, help }) => {
    const named = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${named} | ${help} |`;
  });
  return ['| metric | type | labels | what it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
