import { expect, it } from 'vitest';
import { excessesOf } from './permissions.ts';

const enough = [
  'prunella.apply',
  'test.ping',
  'service.status',
  '@jobs',
  { '@runner': ['jobs.list_jobs', { 'config.get': { args: ['job_cache'] } }] },
];

it('finds nothing in what is enough, nor in what is no list', () => {
  for (const permissions of [enough, [{ 'db*': enough }], [], undefined, null, {}, 'x', [null, 7]]) {
    expect(excessesOf(permissions)).toEqual([]);
  }
});

it.each([
  ['.*', 'every function'],
  ['*', 'every function'],
  ['.+', 'every function'],
  ['\\w+\\.\\w+', 'every function'],
  ['cmd.*', 'any command'],
  ['cmd.run', 'any command'],
  // Salt anchors at the beginning only.
  ['cmd', 'any command'],
  ['c', 'any command'],
  ['', 'every function'],
  ['\\w', 'every function'],
  ['@wheel', 'the wheel'],
  ['@wheels', 'the wheel'],
  ['@runner', 'every runner'],
])('%s allows %s, wherever it stands', (entry, what) => {
  expect(excessesOf([...enough, entry])).toEqual([{ what, entry }]);
  expect(excessesOf([{ 'db*': [entry] }])).toEqual([{ what, entry }]);
});

it('looks into what stands under a kind', () => {
  expect(excessesOf([{ '@runner': ['.*'] }])).toEqual([{ what: 'every runner', entry: '@runner' }]);
  expect(excessesOf([{ '@wheel': ['key.list_all'] }])).toEqual([{ what: 'the wheel', entry: '@wheel' }]);
});
