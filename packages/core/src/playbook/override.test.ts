import { describe, expect, it } from 'vitest';
import { factsUnder, playbookUnder } from './override.ts';
import { parsePlaybook } from './parse.ts';

const text = `playbook: redis
for: redis/*
nodes: { r1: minion-r1, r2: minion-r2 }
open: { after: 60s }
ladder:
  - { id: restart, action: salt.service.restart, with: { service: redis }, after: 2m, max: 3 }
overrides:
  - labels: { environment: [staging, test] }
    open: { after: 10s, quorum: { hosts: 1 } }
    ladder: { restart: { autonomy: auto, after: 0s, window: 4m } }
  - labels: { environment: staging, tier: gold }
    limits: { attemptsPerDay: 2 }
    ladder: { restart: { autonomy: shadow, with: { service: redis-gold } } }
`;

function under(labels: Readonly<Record<string, string>>) {
  const { playbooks, problems } = parsePlaybook(text, 'some.yaml');
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const playbook = playbookUnder({ resource: 'redis/cache', nodes: [], labels }, playbooks);
  if (playbook === undefined) throw new Error('nobody owns it');
  return playbook;
}

describe('overrides by label', () => {
  it('leave a playbook as it is where the labels are others', () => {
    const [step] = under({ environment: 'production' }).ladder;
    expect(step).toMatchObject({ autonomy: 'ask', afterMs: 120_000, max: 3, verify: { windowMs: 120_000 } });
  });

  it('change what they write, and nothing else', () => {
    const playbook = under({ environment: 'test' });
    expect(playbook.open).toMatchObject({
      afterMs: 10_000,
      afterTimeoutOnlyMs: 120_000,
      quorum: { share: 0.5, hosts: 1, hostsWritten: true },
    });
    expect(playbook.ladder).toMatchObject([
      {
        autonomy: 'auto',
        afterMs: 0,
        max: 3,
        verify: { windowMs: 240_000, soakMs: 60_000 },
        arguments: { service: 'redis' },
      },
    ]);
    expect(playbook.limits.attemptsPerDay).toBe(4);
  });

  it('hold together where several fit; later ones win', () => {
    const playbook = under({ environment: 'staging', tier: 'gold' });
    expect(playbook.ladder).toMatchObject([
      { autonomy: 'shadow', afterMs: 0, arguments: { service: 'redis-gold' } },
    ]);
    expect(playbook.limits.attemptsPerDay).toBe(2);
  });

  it('are checked as what they make of the playbook, at their own place', () => {
    const bad = `${text}  - labels: { tier: bronze }
    ladder: { restart: { soak: 10m, if: "label.x == 'y'" }, restrat: {} }
`;
    const { problems } = parsePlaybook(bad, 'some.yaml');
    expect(
      problems.map(({ code, line, text: offending, suggestion }) => [code, line, offending, suggestion]),
    ).toEqual([
      ['window-shorter-than-soak', expect.any(Number), expect.any(String), expect.any(String)],
      ['wrong-condition', 15, 'label', 'did you mean `labels`?'],
      ['unknown-step', 15, 'restrat', 'did you mean `restart`?'],
    ]);
  });
});

describe('a warning', () => {
  const ladder = `playbook: some
for: redis/*
ladder:
  - { id: apply, action: a.apply, deadline: 2m, window: 2m, soak: 1m }
  - { id: restart, action: a.restart, after: AFTER }
overrides:
  - labels: { tier: gold }
    ladder: { apply: { deadline: 4m } }
  - labels: { tier: silver }
    ladder: { apply: { deadline: 9m } }
`;
  const warned = (after: string) =>
    parsePlaybook(ladder.replace('AFTER', after), 'some.yaml').problems.filter(
      ({ code }) => code === 'verdict-after-next-step',
    );

  it('is not said again for each override of what the playbook says at the same place', () => {
    expect(warned('1m').map(({ message }) => message)).toEqual([expect.stringContaining('is 5m,')]);
  });

  it('is said where only overrides bring it about', () => {
    expect(warned('6m')).not.toEqual([]);
    expect(warned('20m')).toEqual([]);
  });
});

describe('nodes of a playbook', () => {
  it('have a failure domain, which the configuration may say otherwise', () => {
    const written = 'playbook: a\nfor: a/*\nladder: [{ action: a.restart }]\nnodes:\n';
    const nodes = '  n1: { target: m1, domain: rack-1 }\n  n2: { domain: rack-2 }\n  n3: m3\n';
    const [playbook] = parsePlaybook(written + nodes, 'some.yaml').playbooks;
    if (playbook === undefined) throw new Error('no playbook was read');
    const declared = [
      { name: 'n1', domain: 'rack-9' },
      { name: 'n2', target: 'm2' },
    ];
    expect(factsUnder(playbook, { resource: 'a/b', labels: {}, nodes: declared }).nodes).toEqual([
      { name: 'n1', target: 'm1', domain: 'rack-9' },
      { name: 'n2', target: 'm2', domain: 'rack-2' },
      { name: 'n3', target: 'm3' },
    ]);
  });

  it('add targets to those of the configuration, which go before', () => {
    const [playbook] = parsePlaybook(text, 'some.yaml').playbooks;
    if (playbook === undefined) throw new Error('no playbook was read');
    const nodes = [{ name: 'r1' }, { name: 'r2', target: 'own' }, { name: 'r3' }];
    const facts = factsUnder(playbook, { resource: 'redis/cache', labels: {}, nodes });
    expect(facts.nodes).toEqual([
      { name: 'r1', target: 'minion-r1' },
      { name: 'r2', target: 'own' },
      { name: 'r3' },
    ]);
    expect(factsUnder(playbook, { resource: 'redis/cache', labels: {}, nodes: [] }).nodes).toEqual([
      { name: 'r1', target: 'minion-r1' },
      { name: 'r2', target: 'minion-r2' },
    ]);
  });
});
