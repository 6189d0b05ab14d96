import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseReport } from './parse-report.ts';
import type { Report } from './report.ts';

const report: Report = {
  protocol: 1,
  service: 'actioner',
  host: 'app1',
  instance: 'actioner/app1/7f3a',
  epoch: '7f3a',
  sequence: 4,
  heartbeatMs: 5_000,
  conditions: [
    {
      resource: 'rethinkdb/main',
      condition: 'down',
      sinceMs: 1_200.5,
      successes: 40,
      faults: { unreachable: 3, caller: 1 },
      firstFaultAgeMs: 1_300,
      lastSuccessAgeMs: 1_400,
      lastFaultKind: 'unreachable',
      sample: 'connect ECONNREFUSED 127.0.0.1:28015',
      cacheOnly: { newestAgeMs: 2_000 },
    },
  ],
};

function withCondition(change: Record<string, unknown>): unknown {
  return { ...report, conditions: [{ ...report.conditions[0], ...change }] };
}

describe('a report off the wire', () => {
  test('is taken as it was sent', () => {
    expect(parseReport(JSON.parse(JSON.stringify(report)))).toEqual({ ok: true, report });
  });

  test('a goodbye without conditions is a report', () => {
    const goodbye = { ...report, goodbye: true, conditions: [] };
    expect(parseReport(goodbye)).toEqual({ ok: true, report: goodbye });
  });

  test('what a newer guard says besides is dropped', () => {
    expect(parseReport({ ...report, mood: 'fine', ...JSON.parse('{"__proto__":{"service":"x"}}') })).toEqual({
      ok: true,
      report,
    });
  });

  test('control characters never reach a terminal', () => {
    const parsed = parseReport(withCondition({ sample: 'refused\n\u001b[31mred' }));
    expect(parsed.ok && parsed.report.conditions[0]?.sample).toBe('refused  [31mred');
  });

  test('a protocol that this healer does not know is told apart from a malformed report', () => {
    expect(parseReport({ ...report, protocol: 2 })).toMatchObject({
      ok: false,
      code: 'unknown-protocol',
      field: 'protocol',
      problem: expect.stringContaining('speaks protocol 1, got 2'),
    });
  });
});

describe('what is wrong is named by its field', () => {
  test.each<[string, unknown]>([
    ['', null],
    ['', 'report'],
    ['', [report]],
    ['protocol', {}],
    ['conditions', { ...report, conditions: {} }],
    ['conditions', { ...report, conditions: Array.from({ length: 257 }, () => report.conditions[0]) }],
    ['conditions[0]', { ...report, conditions: [null] }],
    ['conditions[1].resource', { ...report, conditions: [report.conditions[0], report.conditions[0]] }],
    ['service', { ...report, service: undefined }],
    ['service', { ...report, service: 'a\nb' }],
    ['host', { ...report, host: '' }],
    ['instance', { ...report, instance: 'x'.repeat(201) }],
    ['epoch', { ...report, epoch: 7 }],
    ['sequence', { ...report, sequence: 1.5 }],
    ['sequence', { ...report, sequence: -1 }],
    ['heartbeatMs', { ...report, heartbeatMs: 0 }],
    ['heartbeatMs', { ...report, heartbeatMs: 600_001 }],
    ['goodbye', { ...report, goodbye: false }],
    ['conditions[0].resource', withCondition({ resource: 'main' })],
    ['conditions[0].condition', withCondition({ condition: 'broken' })],
    ['conditions[0].sinceMs', withCondition({ sinceMs: -1 })],
    ['conditions[0].sinceMs', withCondition({ sinceMs: Number.NaN })],
    ['conditions[0].successes', withCondition({ successes: '4' })],
    ['conditions[0].faults', withCondition({ faults: { explosion: 1 } })],
    ['conditions[0].faults', withCondition({ faults: [] })],
    ['conditions[0].faults.timeout', withCondition({ faults: { timeout: -1 } })],
    ['conditions[0].lastFaultKind', withCondition({ lastFaultKind: 'explosion' })],
    ['conditions[0].lastFaultKind', withCondition({ condition: 'ok', firstFaultAgeMs: undefined })],
    ['conditions[0].firstFaultAgeMs', withCondition({ condition: 'ok', lastFaultKind: undefined })],
    ['conditions[0].sample', withCondition({ sample: 'x'.repeat(301) })],
    ['conditions[0].cacheOnly', withCondition({ cacheOnly: true })],
    ['conditions[0].cacheOnly.newestAgeMs', withCondition({ cacheOnly: {} })],
  ])('%s', (field, value) => {
    expect(parseReport(value)).toMatchObject({ ok: false, field, problem: expect.stringMatching(/\S/) });
  });
});

test('every value has an answer', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(typeof parseReport(value).ok).toBe('boolean');
    }),
  );
});

test('a report with any one field replaced is read or refused, and the refusal stays short', () => {
  const names = [...Object.keys(report), ...Object.keys(report.conditions[0] ?? {})];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
      const changed = name in report ? { ...report, [name]: value } : withCondition({ [name]: value });
      const parsed = parseReport(changed);
      if (!parsed.ok) expect(parsed.problem.length).toBeLessThan(300);
    }),
  );
});
