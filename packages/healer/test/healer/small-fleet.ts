import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@prunella/labs';
import { onTestFinished } from 'vitest';
import { startHealer } from '../../src/healer/start-healer.ts';
import { recordingBackend } from './recording-backend.ts';
import { askSocket, workshop } from './workshop.ts';

const configuration = (port: number, databasePort: number) => `
server: { port: ${port} }
resources:
  postgres/main:
    labels: { team: shop }
    nodes:
      one: { target: database, probe: { type: tcp, port: ${databasePort} } }
  postgres/replica: {}
  redis/cache: {}
  tcp/lonely: {}
`;

export const playbooks = `# the database
playbook: database
for: postgres/*
ladder:
  - action: recording.repair
    autonomy: auto
---
playbook: cache
for: redis/cache
dependsOn: [postgres/main]
ladder:
  - action: recording.repair
`;

/** Four resources, two playbooks, and a healer that repairs nothing. Stopped after the test. */
export async function smallFleet() {
  const { folder, configurationFile } = workshop({
    configuration: configuration(await freePort(), await freePort()),
  });
  writeFileSync(join(folder, 'playbooks', 'all.yaml'), playbooks);
  const started = await startHealer({
    configurationFile,
    backends: [recordingBackend(async () => {}).backend],
  });
  onTestFinished(() => started.stop());
  const { socket, engine } = started;
  if (socket === null || engine === undefined) throw new Error('it does not heal here');
  const ask = <Answer>(path: string) => askSocket(socket, path) as Promise<Answer>;
  return { ask, engine, socket, configurationFile };
}

/** What an instance says that cannot reach postgres/main. */
export const aReport = (instance: string) => ({
  protocol: 1 as const,
  service: 'shop',
  host: 'app1',
  instance,
  epoch: instance,
  sequence: 1,
  heartbeatMs: 5_000,
  conditions: [
    {
      resource: 'postgres/main',
      condition: 'down' as const,
      sinceMs: 1_000,
      successes: 0,
      faults: { unreachable: 2 },
      lastFaultKind: 'unreachable' as const,
    },
  ],
});
