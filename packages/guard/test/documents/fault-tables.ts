import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapterRows, notConnectedRow } from '../../src/adapters/adapter-error.ts';
import { applicationRows, localRows, networkRows } from '../../src/adapters/classification/network-rows.ts';
import type { Marks, Row } from '../../src/adapters/classification/row.ts';
import { httpRows } from '../../src/adapters/http/rows.ts';
import { ioredisRows } from '../../src/adapters/ioredis/rows.ts';
import { pgRows } from '../../src/adapters/pg/rows.ts';
import { redisRows } from '../../src/adapters/redis/rows.ts';
import { reqlRows } from '../../src/adapters/reql/rows.ts';
import {
  type Evidence,
  provokedForAll,
  provokedForHttp,
  provokedForIoredis,
  provokedForNodeRedis,
  provokedForPg,
  provokedForReql,
} from './provoked-rows.ts';

export const faultsPage = join(import.meta.dirname, '../../../../docs/faults.md');
export const adapterTests = join(import.meta.dirname, '../adapters');

interface FaultTable {
  readonly rows: readonly Row[];
  readonly provoked: Readonly<Record<string, Evidence>>;
  /** Where each row has its unit case. */
  readonly unitFile: string;
}

const forAll = [...adapterRows, notConnectedRow, ...localRows, ...networkRows, ...applicationRows];

/** Of a driver, the rows that it does not share with all. */
function own(rows: readonly Row[]): readonly Row[] {
  return rows.filter((row) => !forAll.includes(row));
}

/** By the names that the page uses. */
export const faultTables: Readonly<Record<string, FaultTable>> = {
  pg: { rows: own(pgRows), provoked: provokedForPg, unitFile: 'pg-rows.test.ts' },
  ioredis: { rows: own(ioredisRows), provoked: provokedForIoredis, unitFile: 'ioredis-rows.test.ts' },
  redis: { rows: own(redisRows), provoked: provokedForNodeRedis, unitFile: 'redis-rows.test.ts' },
  rethinkdb: { rows: own(reqlRows), provoked: provokedForReql, unitFile: 'reql-rows.test.ts' },
  http: { rows: own(httpRows), provoked: provokedForHttp, unitFile: 'http-rows.test.ts' },
  all: { rows: forAll, provoked: provokedForAll, unitFile: 'evidence.ts' },
};

/** The page with each `<!-- faults: … -->` table written anew. */
export function withFaultTables(): string {
  return readFileSync(faultsPage, 'utf8').replace(
    /(<!-- faults: (\w+) -->\n)[\s\S]*?(<!-- end of faults -->)/g,
    (_, open: string, name: string, close: string) => `${open}\n${tableOf(name)}\n${close}`,
  );
}

export function tablesInPage(): readonly string[] {
  return [...readFileSync(faultsPage, 'utf8').matchAll(/<!-- faults: (\w+) -->/g)].map(
    ([, name = '']) => name,
  );
}

function tableOf(name: string): string {
  const table = faultTables[name];
  if (table === undefined) throw new Error(`docs/faults.md asks for the faults of ${name}; there are none`);
  const names = [...new Set(table.rows.map((row) => row.name))];
  const lines = names.map((row) => lineOf(row, table));
  return `${['| id | seen | kind | outcome | client | evidence |', '| --- | --- | --- | --- | --- | --- |', ...lines].join('\n')}\n`;
}

function lineOf(name: string, { rows, provoked, unitFile }: FaultTable): string {
  const same = rows.filter((row) => row.name === name);
  const [first] = same;
  if (first === undefined) throw new Error(`no row is named ${name}`);
  const { kind, outcomeUnknown, evict } = first;
  const evidence = provoked[name];
  const cells = [
    `\`${name}\``,
    same.map(({ when }) => seen(when)).join(', or '),
    `\`${kind}\``,
    outcomeUnknown ? 'unknown' : 'known',
    evict ? 'evicted' : 'kept',
    evidence === undefined ? `unit: knows ${name} (${unitFile})` : `${evidence[1]} (${evidence[0]})`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function seen({ code, name, text, className, syscall, type }: Marks): string {
  const marks = [
    code === undefined ? [] : [said('code', code)],
    name === undefined ? [] : [said('name', name)],
    className === undefined ? [] : [said('class', className)],
    type === undefined ? [] : [said('type', String(type))],
    syscall === undefined ? [] : [said('call', syscall)],
    text === undefined ? [] : [text.source === '^$' ? 'no text' : said('text', text)],
  ];
  return marks.flat().join(', ');
}

/** A pattern without the signs that stand for its beginning and end, which words say instead. */
function said(what: string, mark: string | RegExp): string {
  if (typeof mark === 'string') return `${what} ${code(mark)}`;
  const [, begins = '', pattern = '', ends = ''] = /^(\^?)(.*?)(\$?)$/s.exec(mark.source) ?? [];
  const inner = /^\(([^()]*)\)$/.exec(pattern)?.[1] ?? pattern;
  // An alternative outside parentheses has a beginning and an end of its own.
  const isOne = inner !== pattern || !pattern.replaceAll(/\([^()]*\)/g, '').includes('|');
  if (!isOne) return `${what} fits ${code(mark.source)}`;
  const how = ends !== '' ? 'is' : begins !== '' ? 'begins' : 'has';
  const shown = inner.replaceAll('\\.', '.').replaceAll('\\/', '/');
  return how === 'is' ? `${what} ${code(shown)}` : `${what} ${how} ${code(shown)}`;
}

function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
