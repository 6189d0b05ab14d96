import { readFileSync } from 'node:fs';
import { attach } from '@prunella/guard';
import { expect, test } from 'vitest';
import type { Wrong } from '../options/wrong.ts';
import { StandInAdapter } from '../runtime/stand-in-adapter.ts';

const page = readFileSync(new URL('../../../../docs/guard-options.md', import.meta.url), 'utf8');
const [table = ''] = page.split('\n## ');
const listed = table
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name));

/** The names that the refusal of an unknown one lists. */
function known(options: Wrong): string[] {
  try {
    attach(new StandInAdapter(), { resource: 'stand-in/main', ...options });
  } catch (error) {
    return String(error)
      .replace(/^.*allowed: /, '')
      .split(', ');
  }
  return [];
}

test('the page of options lists each that a guard takes, and no other', () => {
  const inside = (option: string) => known({ [option]: { unknown: 1 } }).map((name) => `${option}.${name}`);
  const names = known({ unknown: 1 }).filter((name) => name !== 'breaker' && name !== 'reconnect');
  expect(listed.toSorted()).toEqual([...names, ...inside('breaker'), ...inside('reconnect')].toSorted());
});
