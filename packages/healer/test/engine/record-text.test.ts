import { initialFleetState, initialResourceState, type Playbook, parsePlaybook } from '@prunella/core';
import { expect, it } from 'vitest';
import { recordText } from '../../src/engine/record-text.ts';
import { startWorld } from '../../src/engine/start-world.ts';
import type { ResourceRecord } from '../../src/engine/world.ts';
import { jsonTextOf } from '../../src/store/json-text.ts';

function playbook(): Playbook {
  const [read] = parsePlaybook(
    `
playbook: exits
for: app/*
open: { signals: [process.exit] }
ladder:
  - { action: stand-in.apply, autonomy: ask, deadline: 10s }
`,
    'exits.yaml',
  ).playbooks;
  if (read === undefined) throw new Error('the playbook cannot be read');
  return read;
}

const record = (resource: string, opened: Playbook | null): ResourceRecord => ({
  version: 1,
  machine: initialResourceState(resource),
  wakeAt: 5,
  playbook: opened,
  watched: opened !== null,
  pending: 0,
});

it('a record is stored as the value that it is, with a playbook and without', () => {
  for (const each of [record('app/one', playbook()), record('app/two', null)]) {
    expect(JSON.parse(jsonTextOf(recordText(each)))).toEqual(JSON.parse(JSON.stringify(each)));
    expect(JSON.stringify(recordText(each)), 'also as a part of something else').toHaveLength(
      JSON.stringify(each).length,
    );
  }
});

it('a playbook is written out once, however often its incidents are stored', () => {
  let written = 0;
  const counted = { ...playbook(), toJSON: () => ({ written: ++written }) };
  for (let times = 0; times < 3; times += 1) jsonTextOf(recordText(record(`app/${times}`, counted)));
  expect(written).toBe(1);
});

it('incidents that were opened under one playbook share it again after a start, others keep theirs', () => {
  const other = { ...playbook(), name: 'others' };
  const stored = [record('app/one', playbook()), record('app/two', playbook()), record('app/three', other)];
  const states = new Map<string, unknown>([
    ['fleet', initialFleetState('here', 1)],
    ...stored.map((each) => [`resource/${each.machine.resource}`, each] as const),
  ]);
  const world = startWorld({ authority: 'here', generation: 1, states, outbox: [], openAttempts: [] });
  const [one, two, three] = stored.map(({ machine }) => world.record(machine.resource)?.playbook);
  expect(two).toBe(one);
  expect(one).toEqual(playbook());
  expect(three).toEqual(other);
});
