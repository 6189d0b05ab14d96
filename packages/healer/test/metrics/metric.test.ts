import { describe, expect, test } from 'vitest';
import { Counter, exposition, Gauge, Histogram } from '../../src/metrics/metric.ts';
import { RequestCounts } from '../../src/metrics/request-counts.ts';
import { allMetrics } from '../documents/metrics-table.ts';

describe('a page of metrics', () => {
  test('has each series from the start, with zeros', () => {
    const counter = new Counter({ name: 'a_total', help: 'a', labels: { way: ['in', 'out'] } });
    expect(exposition([counter])).toBe(
      '# HELP a_total a\n# TYPE a_total counter\na_total{way="in"} 0\na_total{way="out"} 0\n',
    );
  });

  test('counts what was not foreseen under `other`, or not at all: the number of series stays', () => {
    const lenient = new Counter<{ name: readonly string[] }>({
      name: 'a_total',
      help: 'a',
      labels: { name: ['one', 'other'] },
    });
    const strict = new Counter<{ name: readonly string[] }>({
      name: 'b_total',
      help: 'b',
      labels: { name: ['one'] },
    });
    for (const counter of [lenient, strict]) counter.add({ name: 'from outside' });
    expect([...lenient.samples()]).toEqual([
      ['', '{name="one"}', 0],
      ['', '{name="other"}', 1],
    ]);
    expect([...strict.samples()]).toEqual([['', '{name="one"}', 0]]);
  });

  test('adds up the buckets of a histogram', () => {
    const histogram = new Histogram({ name: 'took_seconds', help: 'took', bounds: [0.1, 1] });
    for (const seconds of [0.05, 0.1, 0.5, 3]) histogram.observe(seconds);
    expect(exposition([histogram]).split('\n').slice(2, -1)).toEqual([
      'took_seconds_bucket{le="0.1"} 2',
      'took_seconds_bucket{le="1"} 3',
      'took_seconds_bucket{le="+Inf"} 4',
      'took_seconds_sum 3.65',
      'took_seconds_count 4',
    ]);
  });

  test('escapes what could end a label', () => {
    const gauge = new Gauge({ name: 'up', help: 'line\nbreak', labels: ['name'] }, () => [
      [{ name: 'a"b\\c\nd' }, 1],
    ]);
    expect(exposition([gauge])).toBe(
      '# HELP up line\\nbreak\n# TYPE up gauge\nup{name="a\\"b\\\\c\\nd"} 1\n',
    );
  });
});

test('metrics have the names that Prometheus asks for: counters end in _total, and only they do', () => {
  for (const { name, type, help } of allMetrics()) {
    expect(name).toMatch(/^(prunella|process)_[a-z_]+$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(help, name).not.toMatch(/\.$/);
  }
  const names = allMetrics().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('requests to routes that there are not are counted together', () => {
  const requests = new RequestCounts();
  requests.addRoute('report');
  requests.add('report', 202);
  requests.add(undefined, 404);
  requests.add('made-up', 404);
  expect([...requests.counts()].filter(([, , count]) => count > 0)).toEqual([
    ['other', '4xx', 2],
    ['report', '2xx', 1],
  ]);
});
