import { type Expression, readExpression } from '@prunella/core';
import type { Client } from 'pg';
import { readProbeConfiguration } from '../../configuration/probe-settings.ts';
import type { Environment } from '../../configuration/secret.ts';
import { ProbeFailure, probeFrom } from '../../probes/failure.ts';
import { withPostgres } from '../../probes/postgres.ts';
import type { Check } from '../check.ts';
import { outputLength } from '../check.ts';
import type { MonitorOf } from '../configuration.ts';
import { rowsVariables } from '../rows.ts';
import { outcomeOf, probeCheck } from './probe.ts';

/** Rows that are looked at; a query that gives more is a mistake of its writer. */
const mostRows = 100;
const mostCharacters = 100_000;

export function postgresCheck(monitor: MonitorOf<'postgres'>, environment: Environment): Check {
  const { query, condition } = monitor;
  if (query === undefined) return probeCheck(monitor, environment);
  const judge = condition === undefined ? undefined : readExpression(condition, rowsVariables, 'truth');
  if (judge !== undefined && 'problem' in judge) throw new Error(judge.problem.message);
  return {
    async run(signal) {
      const configuration = await readProbeConfiguration({ check: monitor }, environment);
      if (configuration.type !== 'postgres') throw new Error('no PostgreSQL is meant');
      let seen = '';
      const probe = probeFrom('postgres', async (limit) => {
        const rows = await ask(configuration.url, query, limit);
        seen = JSON.stringify(rows).slice(0, outputLength);
        return judgeRows(rows, judge?.expression);
      });
      return { ...outcomeOf(await probe.run(signal)), ...(seen === '' ? {} : { output: seen }) };
    },
  };
}

async function ask(url: string, query: string, signal: AbortSignal): Promise<readonly unknown[]> {
  return withPostgres(url, signal, async (client) => {
    await client.query('begin read only');
    const rows = await readRows(client, query);
    await client.query('rollback');
    return rows;
  });
}

/** Row by row, since a query that was written wrongly can give more than the memory holds; what follows is not read. */
async function readRows(client: Client, text: string): Promise<readonly unknown[]> {
  const { Query } = await import('pg');
  return new Promise((resolve, reject) => {
    const rows: unknown[] = [];
    let characters = 0;
    const tooMuch = (what: string, most: number) =>
      reject(
        new ProbeFailure('caller', `the query gave more than ${most} ${what}, and ${most} are looked at`),
      );
    const query = client.query(new Query<Record<string, unknown>>(text));
    query.on('row', (row) => {
      if (rows.length >= mostRows) return tooMuch('rows', mostRows);
      // As JSON, so that times are texts; numbers that JavaScript cannot hold are texts already.
      const written = JSON.stringify(row);
      characters += written.length;
      if (characters > mostCharacters) return tooMuch('characters', mostCharacters);
      rows.push(JSON.parse(written));
    });
    query.on('end', () => resolve(rows));
    query.on('error', reject);
  });
}

function judgeRows(rows: readonly unknown[], condition: Expression | undefined): string {
  const count = `${rows.length} row${rows.length === 1 ? '' : 's'}`;
  if (condition === undefined) return `the query gave ${count}`;
  const answer = condition.evaluate({ rows });
  const shown = rows.length === 0 ? count : `${count}, the first ${JSON.stringify(rows[0]).slice(0, 200)}`;
  if (!answer.ok)
    throw new ProbeFailure('unknown', `\`${condition.text}\` cannot be answered of ${shown}: ${answer.why}`);
  if (answer.value !== true)
    throw new ProbeFailure('unknown', `\`${condition.text}\` is not true of ${shown}`);
  return `\`${condition.text}\` is true`;
}
