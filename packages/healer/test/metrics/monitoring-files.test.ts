import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { notRun } from '@prunella/labs';
import { describe, expect, type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from '../documents/key-tables.ts';
import { allMetrics } from '../documents/metrics-table.ts';

const rulesFile = join(root, 'monitoring/prunella.rules.yaml');
const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});
const dashboardSchema = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })),
});

const rules = () =>
  rulesSchema.parse(parse(readFileSync(rulesFile, 'utf8'))).groups.flatMap((group) => group.rules);

/** Metrics that an expression names and that there are not, or that it asks of a label that they do not have. */
function unknownIn(expression: string): readonly string[] {
  const metrics = new Map(allMetrics().map((metric) => [metric.name, metric]));
  const named = [...expression.matchAll(/\b((?:prunella|process)_\w+)(?:\{([^}]*)\})?/g)];
  expect(named.length, expression).toBeGreaterThan(0);
  return named.flatMap(([, name = '', selectors = '']) => {
    const metric = metrics.get(name.replace(/_(bucket|sum|count)$/, '')) ?? metrics.get(name);
    if (metric === undefined) return [name];
    const labels = [...selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    // Those that Prometheus gives to everything that it reads.
    const known = [...metric.labels, 'instance', 'job', 'le'];
    return labels.filter((label) => !known.includes(label)).map((label) => `${name}{${label}}`);
  });
}

describe('the alert rules', () => {
  test('name metrics and labels that there are', () => {
    for (const { alert, expr } of rules()) expect(unknownIn(expr), alert).toEqual([]);
  });

  test('are the ones that docs/metrics.md lists', () => {
    const documented = readFileSync(join(root, 'docs/metrics.md'), 'utf8').matchAll(
      /^\| `(Prunella\w+)` \|/gm,
    );
    expect([...documented].map(([, name]) => name)).toEqual(rules().map(({ alert }) => alert));
  });

  test('are taken by Prometheus itself', async (context) => {
    const answer = await promtool(context, ['check', 'rules', rulesFile]);
    expect(answer).toContain(`SUCCESS: ${rules().length} rules found`);
  });

  test('page where they must, and not where a healer starts or idles', async (context) => {
    const file = fileURLToPath(new URL('alerts.test.yaml', import.meta.url));
    expect(await promtool(context, ['test', 'rules', file])).toContain('SUCCESS');
  });
});

async function promtool(context: TestContext, parts: readonly string[]): Promise<string | undefined> {
  const run = promisify(execFile)('promtool', [...parts]);
  const answer = await run.catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (answer === null) notRun(context, "needs promtool, of Debian's package prometheus");
  return answer?.stdout;
}

test('the dashboard names metrics and labels that there are', () => {
  const text = readFileSync(join(root, 'monitoring/grafana-dashboard.json'), 'utf8');
  const { panels } = dashboardSchema.parse(JSON.parse(text));
  expect(panels.length).toBeGreaterThan(10);
  for (const { title, targets } of panels) {
    for (const { expr } of targets) expect(unknownIn(expr), title).toEqual([]);
  }
});
