import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { hasPrometheus, notRun, startAlertmanager, startPrometheus, waitFor } from '@prunella/labs';
import { expect, test } from 'vitest';
import { afterwards } from '../healer/workshop.ts';
import { healerWith, tokens } from './healer-with-sources.ts';

const sources = 'sources: { monitoring: { type: alertmanager } }\n';

/** What a database would tell of itself; the test decides what. */
async function metricsOf(value: { connections: number }): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`pg_connections_used_ratio ${value.connections}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(() => new Promise((resolve) => server.close(() => resolve())));
  server.unref();
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As `docs/sources.md` shows it, with the address and the token of here. */
function receiverOfDocument(address: string, tokenFile: string): string {
  const document = readFileSync(join(import.meta.dirname, '../../../../docs/sources.md'), 'utf8');
  const [, shown = ''] = /```yaml\n(receivers:[\s\S]*?)```/.exec(document) ?? [];
  expect(shown).toContain('http://127.0.0.1:7766/');
  expect(shown).toContain('/etc/alertmanager/prunella-token');
  return shown
    .replace('http://127.0.0.1:7766', address)
    .replace('/etc/alertmanager/prunella-token', tokenFile);
}

const rules = `groups:
  - name: databases
    interval: 1s
    rules:
      - alert: ConnectionsUsedUp
        expr: pg_connections_used_ratio > 0.9
        labels: { severity: critical, prunella_resource: postgres/main, prunella_node: db1 }
        annotations: { summary: 'almost all connections are in use' }
      - alert: NobodyHere
        expr: pg_connections_used_ratio > 0.9
`;

test('a real rule of a real Prometheus opens an incident through a real Alertmanager, and its end is told', async (context) => {
  if (!hasPrometheus()) notRun(context, "needs Debian's prometheus and prometheus-alertmanager");
  const seen = await healerWith(sources);
  const value = { connections: 0.2 };
  const target = await metricsOf(value);
  const tokenFile = join(seen.folder, 'prunella-token');
  writeFileSync(tokenFile, tokens.reporter);
  const alertmanager = await startAlertmanager({
    folder: join(seen.folder, 'alertmanager'),
    configuration: `route: { receiver: prunella, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1s }
${receiverOfDocument(seen.address, tokenFile)}`,
  });
  afterwards(() => alertmanager.stop());
  const prometheus = await startPrometheus({
    folder: join(seen.folder, 'prometheus'),
    rules,
    configuration: `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:${alertmanager.port}'] }] }] }
scrape_configs: [{ job_name: postgres, static_configs: [{ targets: ['${target}'] }] }]
`,
  });
  afterwards(() => prometheus.stop());

  value.connections = 0.97;
  const [incident] = await waitFor(
    async () => {
      const open = await seen.engine.incidents({ open: true, limit: 10 });
      return open.length > 0 ? open : null;
    },
    { what: 'an incident by the alert' },
  );
  expect(incident?.resource).toBe('postgres/main');
  const [explained] = seen.engine.explain('postgres/main');
  expect(explained?.reason).toContain(
    'alert from monitoring: ConnectionsUsedUp: almost all connections are in use',
  );
  const firing = await seen.signalWhere(({ status }) => status === 'firing', 'the firing alert');
  expect(firing).toMatchObject({
    source: 'monitoring',
    type: 'alert',
    node: 'db1',
    data: { alertname: 'ConnectionsUsedUp', severity: 'critical' },
  });

  // Alertmanager repeats itself each second: that is the same alert, and told as such.
  const counted = (what: 'duplicate' | 'unmapped') =>
    waitFor(async () => (await seen.counts('monitoring'))[what] > 0, { what: `an alert counted as ${what}` });
  await counted('duplicate');
  await counted('unmapped');

  value.connections = 0.2;
  await seen.signalWhere(({ status }) => status === 'resolved', 'the end of the alert');
  // Evidence, and no verified recovery.
  const [after] = await seen.engine.incidents({ open: true, limit: 10 });
  expect(after?.incident).toBe(incident?.incident);
  const taken = (await seen.signals()).map(({ status }) => status);
  expect(taken).toEqual(['firing', 'resolved']);
  expect(seen.faults).toEqual([]);
});
