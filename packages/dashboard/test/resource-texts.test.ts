import type { Explanation } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import type { ResourceDetail, ResourceRow, ResourceStep } from '../src/api/resources.ts';
import { autonomySentence, decisionsSentence, effectivenessSentence } from '../src/text/step-sentences.ts';
import { shownResources } from '../src/views/resources/filter-resources.ts';
import { mapOf, place, type Upstream } from '../src/views/resources/map-layout.ts';

const probe = { status: 'none', since: null, at: null, failure: null } as const;

function row(resource: string, state: ResourceRow['state'] = 'ok'): ResourceRow {
  return {
    resource,
    state,
    since: null,
    firstFaultAt: null,
    incident: null,
    reason: `${resource} is ${state}`,
    impact: 'none',
    labels: {},
    playbook: null,
    dependsOn: [],
    probe,
    nodes: [],
    observers: { ok: 0, degraded: 0, down: 0, unknown: 0 },
  };
}

function sick(resource: string, state: Explanation['state']): Explanation {
  return { ...row(resource, state), lastFault: null, next: { what: 'nothing', at: null }, remedies: [] };
}

describe('the rows of the list', () => {
  const rows = new Map(['web/a', 'web/b', 'db/c'].map((name) => [name, row(name)]));
  const given = {
    sick: [sick('web/b', 'open')],
    more: 0,
    names: [...rows.keys()],
    rows,
    filter: '' as const,
    part: '',
  };
  const namesOf = (changes: Partial<Parameters<typeof shownResources>[0]>) =>
    shownResources({ ...given, ...changes }).map(({ resource, state }) => `${resource} ${state}`);

  test('are the sick first, each once, as the stream tells them', () => {
    expect(namesOf({})).toEqual(['web/b open', 'web/a ok', 'db/c ok']);
    expect(namesOf({ filter: 'not-ok' })).toEqual(['web/b open']);
    expect(namesOf({ filter: 'ok' })).toEqual(['web/a ok', 'db/c ok']);
    expect(namesOf({ filter: 'exhausted' })).toEqual([]);
  });

  test('are ok once the stream no longer names them, unless it cannot name all', () => {
    const before = new Map([...rows, ['web/a', row('web/a', 'open')]]);
    expect(namesOf({ rows: before })).toContain('web/a ok');
    expect(namesOf({ rows: before, more: 1 })).toContain('web/a open');
  });

  test('are found by a part of the name, in which a star stands for anything and a dot for itself', () => {
    const named = (part: string) => namesOf({ sick: [sick('web/b', 'open')], names: [], part });
    expect(named('w*b')).toEqual(['web/b open']);
    expect(named('eb/')).toEqual(['web/b open']);
    expect(named('w.b')).toEqual([]);
    expect(named('(')).toEqual([]);
  });
});

describe('the map', () => {
  const instance = (service: string, condition: 'ok' | 'down', name: string) => ({
    instance: name,
    service,
    host: null,
    condition,
    sinceMs: 0,
    kinds: [],
    lastSuccessAgeMs: null,
    cacheAgeMs: null,
    silent: false,
    heardAgeMs: 0,
  });
  const detail: ResourceDetail = {
    ...row('web/shop'),
    dependsOn: ['db/main', 'db/none'],
    dependants: { names: ['web/blog'], count: 40 },
    steps: [],
    instances: [instance('cart', 'ok', 'a'), instance('till', 'ok', 'b'), instance('till', 'down', 'c')],
  };
  const upstream: Upstream = new Map([
    ['db/main', { dependsOn: ['disk/one', 'db/none'] }],
    ['db/none', null],
  ]);
  const map = mapOf({
    detail,
    state: 'ok',
    upstream,
    stateOf: (name) => (name === 'db/main' ? 'open' : name === 'db/none' ? null : 'ok'),
  });

  test('has layers: who uses it, the sickest first; itself; what it needs; and what that needs', () => {
    const told = map.nodes.map(({ column, label, words, href }) => [column, label, words, href]);
    expect(told).toEqual([
      [0, 'till', '1 down, 1 ok', null],
      [0, 'cart', '1 ok', null],
      [0, 'web/blog', 'ok', '/resources/web/blog'],
      [0, 'and 39 more resources', '', null],
      [1, 'web/shop', 'ok', null],
      [2, 'db/main', 'broken', '/resources/db/main'],
      [2, 'db/none', 'not known to the healer', null],
      [3, 'disk/one', 'ok', '/resources/disk/one'],
    ]);
  });

  test('has a line for each need, and no two boxes at one place', () => {
    expect(map.edges.map(({ from, to }) => `${from} > ${to}`)).toEqual([
      'service till > resource web/shop',
      'service cart > resource web/shop',
      'dependant web/blog > resource web/shop',
      'more resources 0 > resource web/shop',
      'resource web/shop > resource db/main',
      'resource web/shop > resource db/none',
      'resource db/main > resource disk/one',
      'resource db/main > resource db/none',
    ]);
    const { places, width, height } = place(map.nodes);
    expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(map.nodes.length);
    for (const { x, y } of places.values()) {
      expect(x).toBeLessThan(width);
      expect(y).toBeLessThan(height);
    }
  });
});

describe('what is said of a step', () => {
  const record = {
    step: 'restart',
    firstAt: 0,
    lastAt: 0,
    decisions: 0,
    recoveredFirst: 0,
    agreed: 0,
    disagreed: 0,
    unanswered: 0,
    runs: 0,
    effective: 0,
    ineffective: 0,
    unverified: 0,
    credited: 0,
    relapsed: 0,
    harmful: 0,
    recent: [],
    demoted: null,
  };
  const step = (
    changes: Partial<ResourceStep['record']>,
    others: Partial<ResourceStep> = {},
  ): ResourceStep => ({
    step: 'restart',
    action: 'process.restart',
    effect: 'disrupts',
    written: 'auto',
    inForce: 'auto',
    afterMs: 0,
    everyMs: 0,
    max: 1,
    record: { ...record, ...changes },
    ...others,
  });

  test('is how often it helped, and what else came of it', () => {
    expect(effectivenessSentence(step({}), 0)).toBe('It has not run here yet.');
    expect(effectivenessSentence(step({ runs: 1 }), 0)).toBe('It has run once here, without a verdict yet.');
    const much = {
      runs: 7,
      effective: 3,
      ineffective: 2,
      unverified: 1,
      credited: 3,
      relapsed: 1,
      harmful: 1,
    };
    expect(effectivenessSentence(step(much), 3_600_000)).toBe(
      'It helped 3 of 6 times in 60 min; it did not 2 times, nobody could tell once, 1 of 3 relapsed, it did harm once.',
    );
  });

  test('is what it may do alone, and why that is less than its playbook writes', () => {
    expect(autonomySentence(step({}))).toBe('It acts alone.');
    expect(autonomySentence(step({}, { inForce: 'shadow' }))).toBe(
      'It only notes what it would do. Its playbook writes that it acts alone.',
    );
    const demoted = { at: 0, attempt: 'one', reason: 'it did harm' };
    expect(autonomySentence(step({ demoted }, { inForce: 'ask' }))).toBe(
      'It asks a person before each run. Its playbook writes that it acts alone; that is set aside: it did harm.',
    );
  });

  test('is what people answered', () => {
    expect(decisionsSentence(step({}))).toBe('');
    expect(decisionsSentence(step({ agreed: 2, unanswered: 1, recoveredFirst: 1, decisions: 4 }))).toBe(
      'People answered yes 2×, nothing 1×. 1 of 4 times all was well before it ran.',
    );
  });
});
