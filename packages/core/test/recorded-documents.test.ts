import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ActionFacts,
  checkPlaybooks,
  factsUnder,
  type PlaybookContext,
  parsePlaybook,
  playbookJsonSchema,
  playbookUnder,
  type ResourceFacts,
  readPlaybooks,
  renderProblem,
} from '@prunella/core';
import { parseScenarios, runScenario, scenarioJsonSchema } from '@prunella/core/scenario';
import { describe, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkCondition, isTrue } from '../src/condition/condition.ts';
import { signalFacts } from '../src/condition/facts.ts';
import { expectAsRecorded } from './recorded.ts';
import { conditions, fullPlaybook, fullScenario, otherValues } from './recorded-texts.ts';

const folder = join(import.meta.dirname, '../../../examples/playbooks');
const files = readdirSync(folder).sort();
const playbookFiles = files.filter((name) => name.endsWith('.yaml') && !name.includes('.scenario.'));

const actions: ReadonlyMap<string, ActionFacts> = new Map([
  ['a.look', { action: 'a.look', effect: 'restores', highestAutonomy: 'auto' }],
  ['a.apply', { action: 'a.apply', effect: 'repairs', highestAutonomy: 'auto' }],
  ['a.restart', { action: 'a.restart', effect: 'disrupts', highestAutonomy: 'ask' }],
]);
const context: PlaybookContext = { actions, unresolvingBackends: new Set(['b']) };

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const json = (value: unknown) => JSON.stringify(value, null, 1);

type Path = readonly (string | number)[];

function* pathsOf(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield* pathsOf(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

/** A copy whose value at the path is what `change` makes of the object that holds it. */
function changedAt(value: unknown, path: Path, change: (holder: Record<string | number, unknown>) => void) {
  const copy: unknown = structuredClone(value);
  const holder = path.slice(0, -1).reduce((each, key) => (each as Record<string, unknown>)[key], copy);
  change(holder as Record<string | number, unknown>);
  return stringify(copy);
}

const readers = {
  playbook: (text: string) => parsePlaybook(text, 'some.yaml', context),
  scenario: (text: string) => {
    const { scenarios, problems } = parseScenarios(text, 'some.scenario.yaml');
    return { scenarios: scenarios.map((scenario) => scenario.text), problems };
  },
};

describe('a text is read, and what is wrong with it told, as recorded', () => {
  const texts = { playbook: fullPlaybook, scenario: fullScenario };
  for (const what of ['playbook', 'scenario'] as const) {
    const value: unknown = parse(texts[what]);
    const paths = [...pathsOf(value)];
    const told = (changed: readonly string[]) => json(changed.map((text) => readers[what](text)));
    it(`a whole ${what}`, () => {
      expectAsRecorded('documents.json', what, { read: told([texts[what]]) });
    });
    it(`a ${what} from which something is left out`, () => {
      const changed = paths.map((path) =>
        changedAt(value, path, (holder) => {
          const key = path.at(-1) ?? '';
          if (Array.isArray(holder)) holder.splice(Number(key), 1);
          else delete holder[key];
        }),
      );
      expectAsRecorded('documents.json', `${what} left out`, { read: told(changed) });
    });
    it(`a ${what} with a misspelt key`, () => {
      const changed = paths
        .filter((path) => typeof path.at(-1) === 'string')
        .map((path) =>
          changedAt(value, path, (holder) => {
            const key = String(path.at(-1));
            holder[`${key.slice(0, 1)}${key.slice(2)}q`] = holder[key];
            delete holder[key];
          }),
        );
      expectAsRecorded('documents.json', `${what} misspelt`, { read: told(changed) });
    });
    for (const other of otherValues) {
      it(`a ${what} with ${JSON.stringify(other)} in each place`, () => {
        const changed = paths.map((path) =>
          changedAt(value, path, (holder) => {
            holder[path.at(-1) ?? ''] = other;
          }),
        );
        expectAsRecorded('documents.json', `${what} ${JSON.stringify(other)}`, { read: told(changed) });
      });
    }
  }
});

describe('conditions are checked and asked as recorded', () => {
  const facts = {
    resource: 'postgres/main',
    labels: { tier: 'gold', city: 'Kyiv' },
    signal: signalFacts({
      id: '1',
      source: 'alerts',
      type: 'alert',
      resource: 'postgres/main',
      status: 'firing',
      summary: 'replica lags',
      data: { severity: 'critical', lag: 31, labels: { zone: 'a' }, list: ['x', 'y'] },
    }),
    faults: ['timeout'],
  };

  it.each(['step', 'signal'] as const)('of a %s', (place) => {
    const told = conditions.map((text) => [
      text,
      checkCondition(text, place),
      isTrue(text, place, facts),
      isTrue(text, place, { ...facts, signal: null, labels: {}, faults: [] }),
    ]);
    expectAsRecorded('documents.json', `conditions ${place}`, { told: json(told) });
  });
});

describe('the playbooks of the examples', () => {
  it('are read as recorded', () => {
    const sources = playbookFiles.map((file) => ({ file, text: read(file) }));
    const { placed, problems } = readPlaybooks(sources);
    expectAsRecorded('documents.json', 'examples', { read: json([placed, problems]) });
  });

  it('are the published schemas', () => {
    const schemas = json([playbookJsonSchema(), scenarioJsonSchema()]);
    expectAsRecorded('documents.json', 'schemas', { schemas });
  });

  it.each(files.filter((name) => name.endsWith('.scenario.yaml')))('live %s as recorded', (name) => {
    const { scenarios } = parseScenarios(read(name), name);
    const lived = scenarios.map((scenario) => {
      const sources = (scenario.text.playbooks ?? playbookFiles).map((file) => ({ file, text: read(file) }));
      return runScenario(scenario, readPlaybooks(sources).placed);
    });
    expectAsRecorded('documents.json', name, { lived: json(lived) });
  });
});

describe('playbooks together', () => {
  const ladder = 'ladder: [{ action: a.apply }]';
  const texts = [
    `playbook: one\nfor: redis/*\n${ladder}\n---\nplaybook: one\nfor: disk/*\n${ladder}\n`,
    `playbook: one\nfor: redis/*\n${ladder}\n---\nplaybook: two\nfor: redis/*\n${ladder}\n`,
    `playbook: one\nfor: redis/m*\n${ladder}\n---\nplaybook: two\nfor: redis/*n\n${ladder}\n`,
    `playbook: one\nfor: '*'\ndependsOn: [redis/main]\n${ladder}\n`,
    `playbook: one\nfor: redis/*\ndependsOn: [disk/d]\n${ladder}\n---\nplaybook: two\nfor: disk/*\ndependsOn: [redis/main]\n${ladder}\n`,
    `playbook: one\nfor: redis/*\n${ladder}\noverrides: [{ labels: { tier: tin }, open: { after: 3m } }, { labels: { tier: gold }, open: { after: 4m } }]\n`,
    `playbook: base\ntemplate: true\nopen: { after: 3m }\n${ladder}\n---\nplaybook: two\nextends: base\nfor: redis/*\nladder: [{ id: a.apply, after: 9m }]\n`,
    `playbook: base\nextends: two\n---\nplaybook: two\nextends: base\nfor: redis/*\n`,
    `playbook: two\nextends: bsae\nfor: redis/*\n---\nplaybook: base\ntemplate: true\n`,
    `playbook: one\nfor: redis/*\nladder: [{ action: a.aply }, { action: b.other, target: 'x*' }, { action: a.apply, with: { a: '{{ nod }}', b: '{{ labels.tire }}', password: hunter2 } }]\n`,
    `playbook: one\nfor: redis/*\nladder: [{ action: a.restart, autonomy: auto, window: 10s, soak: 20s }, { action: a.apply, every: 1m, deadline: 5m, window: 5m }, { id: z, action: a.apply, after: 1m, if: "lables.x == 'y'" }]\n`,
    `playbook: one\nfor: redis/*\nnodes: { a: m1, b: m1, c: '*' }\nopen: { confirm: none, signals: ['*', { type: x, if: '1 == 2' }] }\n${ladder}\n`,
    'playbook: one\nfor: redis/*\nfor: disk/*\nladder: &l [{ action: a.apply }]\nopen: *l\n',
    'playbook: [\n',
    '\tplaybook: one\n',
    '',
    '- a\n- b\n',
    'just a text',
    `playbook: one\nfor: redis/*\nladder: [{ action: a.zzzzzzzzzz }, { action: zzz.nothing }, { action: a.apply }]\n`,
    `playbook: one\nfor: redis/*\nladder: [{ action: a.look, max: 1, every: 5m }, { action: a.apply, window: 62s, soak: 60s }, { action: a.restart, autonomy: auto, every: 1m, max: 2 }]\n`,
  ];
  const resources: readonly ResourceFacts[] = [
    { resource: 'redis/main', labels: { tier: 'gold' }, nodes: [{ name: 'n1', target: 'm1' }] },
    { resource: 'disk/d', labels: {}, nodes: [{ name: 'n2', target: 'm2', domain: 'r1' }, { name: 'n3' }] },
    { resource: 'other/o', labels: { tier: 'silver' }, nodes: [] },
  ];

  it.each(texts.map((text, index) => [index, text] as const))('are judged as recorded: %i', (index, text) => {
    const { placed, problems } = readPlaybooks([{ file: 'some.yaml', text }], context);
    const playbooks = placed.map(({ playbook }) => playbook);
    const together = checkPlaybooks(placed, resources);
    const meant = resources.map((facts) => {
      const owner = playbookUnder(facts, playbooks);
      return [owner, owner === undefined ? null : factsUnder(owner, facts)];
    });
    expectAsRecorded('documents.json', `together ${index}`, {
      problems: json([...problems, ...together].map((each) => [each, renderProblem(each)])),
      meant: json([placed, meant]),
    });
  });
});
