import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEntry } from '@prunella/core';
import { afterEach } from 'vitest';
import type { IncidentView } from '../../src/engine/engine.ts';

const removers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const remove of removers.splice(0).reverse()) await remove();
});

/** Done after the test, the newest first. */
export function afterwards(remove: () => Promise<void> | void): void {
  removers.push(remove);
}

/** A folder with `prunella.yaml` and one playbook, removed after the test. */
export function workshop(files: { readonly configuration: string; readonly playbook?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'prunella-up-'));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  const configurationFile = join(folder, 'prunella.yaml');
  writeFileSync(configurationFile, files.configuration);
  mkdirSync(join(folder, 'playbooks'));
  if (files.playbook !== undefined) {
    writeFileSync(join(folder, 'playbooks', 'playbook.yaml'), files.playbook);
  }
  return { folder, configurationFile, store: join(folder, 'prunella-data') };
}

/** Asks a healer over its local socket, given as `unix:/path`. Rejects where nobody answers. */
export function askSocket(socket: string, path: string, method = 'GET'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socketPath = socket.replace(/^unix:/, '');
    const call = request({ socketPath, path, method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
}

export async function incidentsAt(socket: string): Promise<readonly IncidentView[]> {
  const answer = (await askSocket(socket, '/v1/incidents')) as { incidents: IncidentView[] };
  return answer.incidents;
}

export async function logAt(socket: string): Promise<readonly LogEntry[]> {
  const answer = (await askSocket(socket, '/v1/log?after=0')) as { entries: LogEntry[] };
  return answer.entries;
}
