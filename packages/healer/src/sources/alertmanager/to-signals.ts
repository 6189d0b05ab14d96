import { createHash } from 'node:crypto';
import { matchesPattern } from '@prunella/core';
import type { AlertmanagerConfiguration } from '../configuration.ts';
import { signalFrom } from '../signal-text.ts';
import type { Part } from '../take-parts.ts';
import { type Alert, alertsInRequest, readAlert } from './payload.ts';

/** A part for each alert of a request. */
export function partsOfAlerts(
  source: string,
  alerts: readonly unknown[],
  configuration: AlertmanagerConfiguration,
): readonly Part[] {
  return alerts.map((value, index) => {
    const at = `alerts[${index}]`;
    if (index >= alertsInRequest) {
      const reason = `more than ${alertsInRequest} alerts in one request: set \`max_alerts\` or group by more labels`;
      return { at, fate: 'unmapped', reason };
    }
    const alert = readAlert(value);
    return 'wrong' in alert
      ? { at, fate: 'unmapped', reason: alert.wrong }
      : partOf(source, alert, at, configuration);
  });
}

function partOf(source: string, alert: Alert, at: string, configuration: AlertmanagerConfiguration): Part {
  const { labels, annotations, startsAt, status } = alert;
  const { alertname = 'alert', severity } = labels;
  const place = placeOf(labels, configuration);
  if (place === null) {
    const reason = `${alertname} has no label ${configuration.resourceLabel}, and no rule of \`map\` fits its labels`;
    return { at, fate: 'unmapped', reason };
  }
  const draft = {
    // A firing and its resolving are two messages about one thing; each may come any number of times.
    id: `${alert.fingerprint ?? fingerprintOf(labels)}/${startsAt}/${status}`,
    source,
    type: 'alert',
    ...place,
    status,
    summary: summaryOf(alertname, annotations, status),
    data: {
      alertname,
      ...(severity === undefined ? {} : { severity }),
      labels,
      annotations,
      startsAt,
      ...(status === 'resolved' ? { endsAt: alert.endsAt } : {}),
      generatorURL: alert.generatorURL,
    },
  };
  const signal = signalFrom(draft);
  return 'wrong' in signal
    ? { at, fate: 'unmapped', reason: `${alertname}: ${signal.wrong}` }
    : { at, fate: 'signal', signal };
}

interface Place {
  readonly resource: string;
  readonly node: string;
}

function placeOf(labels: Alert['labels'], configuration: AlertmanagerConfiguration): Place | null {
  const { resourceLabel, nodeLabel, map } = configuration;
  const node = labels[nodeLabel] ?? '';
  const named = labels[resourceLabel];
  if (named !== undefined && named !== '') return { resource: named, node };
  const rule = map.find((each) =>
    Object.entries(each.labels).every(([name, pattern]) => matchesPattern(pattern, labels[name] ?? '')),
  );
  if (rule === undefined) return null;
  if (rule.node !== undefined) return { resource: rule.resource, node: rule.node };
  const told = rule.nodeLabel === undefined ? '' : (labels[rule.nodeLabel] ?? '');
  return { resource: rule.resource, node: (rule.nodes[told] ?? told) || node };
}

function summaryOf(alertname: string, annotations: Alert['annotations'], status: string): string {
  const said = annotations['summary'] ?? annotations['description'] ?? annotations['message'];
  const what = said === undefined ? alertname : `${alertname}: ${said}`;
  return status === 'resolved' ? `${what} (resolved)` : what;
}

/** Stands for the same alert as long as its labels are the same. */
function fingerprintOf(labels: Alert['labels']): string {
  const pairs = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex').slice(0, 32);
}
