import { PassThrough } from 'node:stream';
import type { LogEntry } from '@prunella/core';
import { describe, expect, it } from 'vitest';
import { measureHours } from './core/hours.ts';
import { phasesOf } from './demo/phases.ts';
import { busyRemark } from './machine.ts';
import { interleave, median, medianOfPairs, microsecondsBySlices, percentile } from './measure.ts';
import { help, parseBenchOptions } from './options.ts';
import { SpokenLines } from './peers/spoken-lines.ts';
import { asPage, asTable, type Report } from './report.ts';
import { type Bar, judged, type Row } from './row.ts';

const machine = { cores: 2, processor: 'some', node: '24.0.0', system: 'linux x64', loadBefore: 0 };

function row(ours: number, rule: Bar['rule'] = 'at most'): Row {
  const bar: Bar = { rule, value: 8, from: 'fixed' };
  return judged({ figure: `size ${ours}`, ours, peer: 5, peerName: 'a peer', bar, unit: 'KB' });
}

function reportOf(...rows: Row[]): Report {
  return {
    suite: 'some',
    about: 'what something costs',
    full: true,
    machine,
    measuredOn: '2026-01-01',
    rows,
    conditions: ['One round.'],
    notMeasured: ['The rest.'],
    notHad: [],
  };
}

describe('a bar', () => {
  it.each([
    ['at most', 8, true],
    ['at most', 8.001, false],
    ['below', 7.999, true],
    ['below', 8, false],
    ['at least', 8, true],
    ['at least', 7.999, false],
    ['at most', Number.NaN, false],
    ['at least', Number.NaN, false],
  ] as const)('%s 8 by %d is met: %s', (rule, ours, met) => {
    expect(row(ours, rule).met).toBe(met);
  });
});

describe('a report', () => {
  it('names each missed bar, in the table as on the page', () => {
    const report = reportOf(row(7), row(9));
    for (const text of [asTable(report), asPage(report)]) {
      expect(text).toMatch(/size 9.*MISSED/);
      expect(text).not.toMatch(/size 7.*MISSED/);
      expect(text).toContain('1 of 2 bars missed: size 9.');
    }
  });

  it('says on its page what the machine is and what is not measured', () => {
    const page = asPage(reportOf(row(7)));
    expect(page).toContain('2 cores (some), linux x64, Node 24.0.0');
    expect(page).toContain('npm run bench -- some --full --write');
    expect(page).toMatch(/## What is not measured\n\n- The rest\./);
  });

  it('names each peer that was not to be had, and why, in the table as on the page', () => {
    const report = { ...reportOf(row(7)), notHad: [{ what: 'monit', why: 'apt-get has none' }] };
    for (const text of [asTable(report), asPage(report)]) {
      expect(text).toContain('Not measured here, and so no pass: monit: apt-get has none.');
    }
  });

  it('warns of a machine that does other work, and only then', () => {
    expect(busyRemark(machine)).toBeNull();
    expect(busyRemark({ ...machine, loadBefore: 6.5 })).toContain('load average 6.5 on 2 cores');
  });
});

describe('measuring', () => {
  it('takes turns, A B then B A, and keeps nothing of the warm-up', async () => {
    const order: string[] = [];
    const contender = (name: string) => async () => order.push(name);
    const figures = await interleave(
      { a: contender('a'), b: contender('b') },
      { rounds: 2, warmUpRounds: 1 },
    );
    expect(order).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
    expect(figures).toEqual({ a: [4, 5], b: [3, 6] });
  });

  it('compares what belongs to one round, and takes the median of that', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(percentile([1, 2, 3, 4], 99)).toBe(4);
    expect(medianOfPairs([11, 22, 33], [10, 20, 30], (left, right) => left - right)).toBe(2);
  });
});

describe('measuring by slices', () => {
  it('does all the work, once each and in order, and answers with one figure for one of it', () => {
    const items = Array.from({ length: 1_001 }, (_, index) => index);
    const done: number[] = [];
    const figure = microsecondsBySlices(items, (item) => done.push(item));
    expect(done).toEqual(items);
    expect(figure).toBeGreaterThanOrEqual(0);
    expect(microsecondsBySlices([], () => undefined)).toBeNaN();
  });
});

describe('simulated hours', () => {
  it('are extrapolated where fewer than those of the bar are lived, and say so', () => {
    const { figure, ours, met } = measureHours(1, () => undefined);
    expect(figure).toContain('extrapolated from 1');
    expect(ours).toBeGreaterThanOrEqual(0);
    expect(met).toBe(ours <= 10);
  });
});

describe('what a process says', () => {
  it('is counted by what it names, until all of it has come or patience is over', async () => {
    const output = new PassThrough();
    const lines = new SpokenLines(output);
    output.write('ready {"a":1}\n** noise\nstarted one\nstarted one\nstar');
    expect(await lines.ready()).toBe('{"a":1}');
    const both = lines.allStarted(['one', 'two'], 60_000);
    output.write('ted two\n');
    expect(await both).toEqual([]);
    expect([lines.timesStarted('one'), lines.timesStarted('two'), lines.timesStarted('three')]).toEqual([
      2, 1, 0,
    ]);
    expect(lines.startOf('three')).toBeUndefined();
    expect(await lines.allStarted(['one', 'three'], 1)).toEqual(['three']);
  });
});

describe('the command line', () => {
  it('refuses a suite that does not exist with the names of those that do', () => {
    expect(() => parseBenchOptions(['nothing'])).toThrow(/No suite is named nothing\. There is: .*guard/);
  });

  it('says what a suite installs before anybody starts it', () => {
    expect(help).toMatch(/peers: installs once.*ansible-rulebook.*Java 17.*monit/s);
  });

  it('takes one suite and its options', () => {
    expect(parseBenchOptions(['guard', '--full', '--json'])).toEqual({
      suite: 'guard',
      full: true,
      json: true,
      write: false,
    });
    expect(parseBenchOptions([])).toMatchObject({ suite: undefined });
  });
});

describe('the phases of an outage', () => {
  const waits = { openAfterMs: 2_000, stepsAfterMs: [3_000, 8_000] };
  const entry = (at: number, event: LogEntry['event']): LogEntry => ({
    sequence: at,
    at,
    resource: 'postgres/main',
    incident: 'i',
    event,
  });
  const attempt = (id: string, intended: number, called: number, ended: number, judgedAt: number) => [
    entry(intended, {
      type: 'attempt-intended',
      attempt: id,
      step: id,
      run: 1,
      permit: 'p',
      targets: ['db1'],
      resolved: true,
    }),
    entry(called, { type: 'attempt-dispatched', attempt: id, reference: 'r' }),
    entry(ended, {
      type: 'attempt-ended',
      attempt: id,
      result: { outcome: 'succeeded', summary: 'done', targets: [] },
    }),
    entry(judgedAt, { type: 'verdict-given', attempt: id, verdict: 'effective', reason: 'well' }),
  ];
  const opened = entry(12_400, {
    type: 'incident-reopened',
    reason: 'all are sick',
    firstFaultAt: 10_000,
  });

  it('are counted from when each thing was due, and together from the opening threshold', () => {
    const outage = [
      opened,
      ...attempt('mild', 13_050, 13_060, 13_100, 16_100),
      ...attempt('restart', 18_200, 18_210, 19_000, 21_500),
      entry(19_300, { type: 'probe-changed', node: 'db1', passed: true, detail: 'answers' }),
    ];
    expect(phasesOf(outage, waits)).toEqual({
      confirmed: 400,
      granted: [50, 200],
      called: [10, 10],
      acted: 790,
      answering: 300,
      verified: 2_200,
      recovered: 9_500,
    });
  });

  it('a step that is due while the one before is judged is waited for from the verdict on', () => {
    const outage = [
      opened,
      ...attempt('mild', 13_000, 13_010, 13_020, 19_000),
      ...attempt('restart', 19_100, 19_110, 20_000, 22_000),
    ];
    expect(phasesOf(outage, waits).granted).toEqual([0, 100]);
  });

  it('an outage that was not healed by its second step is no figure', () => {
    expect(() => phasesOf([opened, ...attempt('mild', 1, 2, 3, 4)], waits)).toThrow('no attempt 2');
    expect(() => phasesOf([], waits)).toThrow('no incident was opened');
  });
});
