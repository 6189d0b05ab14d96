import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderProblem } from '@prunella/core';
import { parseConfiguration } from '../../src/configuration/parse.ts';
import type { CheckOutcome } from '../../src/monitors/check.ts';
import { createCheck } from '../../src/monitors/create-check.ts';
import { createOutgoing } from '../../src/outgoing/outgoing.ts';
import { afterwards } from '../healer/workshop.ts';

/** Runs one check as the healer does: as written in prunella.yaml, with its own limit. */
export async function checkOnce(
  written: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<CheckOutcome> {
  const text = `resources: { a/b: {} }\nmonitors: { one: { resource: a/b, ${written} } }\n`;
  const { configuration, problems } = parseConfiguration(text, '/tmp/prunella.yaml', environment);
  const monitor = configuration?.monitors['one'];
  if (monitor === undefined) throw new Error(problems.map(renderProblem).join('\n'));
  const check = createCheck(monitor, { environment, send: createOutgoing() });
  return check.run(AbortSignal.timeout(monitor.timeoutMs));
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'prunella-monitor-'));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
