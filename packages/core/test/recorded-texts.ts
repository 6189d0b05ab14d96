/** Every key of a playbook, so that each can be left out, misspelt, and given something else. */
export const fullPlaybook = `playbook: full
for: postgres/*
dependsOn: [redis/cache]
nodes: { db1: minion-db1, db2: minion-db2 }
open:
  after: 1m
  afterTimeoutOnly: 3m
  quorum: { share: 60%, hosts: 2 }
  confirm: { failures: 3, every: 5s, timeout: 2s }
  signals: [process.exit, { type: alert, if: "signal.data.severity == 'critical'" }]
  graceAfterStart: 90s
  graceAfterDeploy: 4m
ladder:
  - { id: look, action: a.look, autonomy: shadow, max: 1 }
  - { id: apply, action: a.apply, with: { state: postgres, node: '{{ node }}' }, target: { match: list, expression: 'minion-db1,minion-db2' },
      after: 2m, every: 20m, max: 2, autonomy: ask, deadline: 2m, notAfter: 20s, window: 5m, soak: 40s, cohort: 70%,
      when: [unreachable, timeout], if: "labels.tier == 'gold'", onHold: next }
  - { id: restart, action: a.restart, after: 12m, every: 15m, autonomy: auto, window: 2m, soak: 30s }
limits: { attemptsPerDay: 6, disruptivePerFleetHour: 4, flappingOpenings: 4, flappingAskFor: 12h, blastRadiusNodes: 2,
  blastRadiusShare: 50%, blastRadiusDomains: 1, healthyShare: 40%, overloadedFrom: 80%, ineffectiveInARow: 2,
  afterOwnAttempt: 6m, approval: 10m, relapse: 20m }
windows: { timeZone: Europe/Berlin, allowed: [{ days: [mon, tue, wed, thu], from: '09:00', to: '17:00' }],
  maintenance: [{ days: [tue], from: '12:00', to: '13:00' }] }
overrides:
  - { labels: { tier: [gold, silver] }, open: { after: 2m, quorum: { hosts: 3 } }, limits: { attemptsPerDay: 2 },
      ladder: { restart: { after: 14m } } }
`;

/** Every key of a scenario, and every kind of thing that can happen. */
export const fullScenario = `scenario: full
playbooks: [some.yaml]
resources:
  redis/cache: { nodes: { c1: m1, c2: { target: m2, domain: rack2 } }, labels: { tier: gold } }
  disk/d: { probed: false, nodes: { n1: m3 } }
services: { web: { uses: [redis/cache], hosts: [h1, h2, h3], every: 2s } }
settled: 4m
runs: 25m
story:
  - { at: 0s, what: breaks, resource: redis/cache, node: c1, fault: timeout, mendedBy: [restart], for: 15m }
  - { at: 30s, what: trouble, service: web, resource: redis/cache, fault: local, for: 20s }
  - { at: 1m, what: signal, resource: disk/d, node: n1, type: alert, summary: full, data: { used: 91 } }
  - { at: 90s, what: cut, from: 'host:h1', to: healer, for: 30s }
  - { at: 3m, what: healer-crashes, for: 20s }
  - { at: 4m, what: paused, for: 1m }
  - { at: 5m, what: silent, target: m1, for: 1m }
  - { at: 9m, what: deployed, service: web }
  - { at: 16m, what: mended, resource: redis/cache, node: c1 }
  - { at: 20m, what: gone, service: web }
people: [{ says: no, after: 10s }, { says: yes }]
orders: [fails, half]
expect:
  redis/cache: { opens: 2m, orders: [{ step: apply, at: 3m..4m, targets: [m1], with: { to: c1 } }], verdicts: [effective],
    held: [storm], refused: [budget], asked: 1, shadowed: [look], closes: never, credit: attempt, ends: ok }
  disk/d: { opens: never }
`;

/** What a person might write in the place of what belongs there. */
export const otherValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1_000_001,
  '',
  'x y',
  '0s',
  '3000d',
  '120%',
  [],
  {},
  ['x', 'x'],
];

/** Conditions of every kind of node of the language, right and wrong. */
export const conditions: readonly string[] = [
  'true',
  'false',
  '!true',
  '!(labels.tier == "gold")',
  'labels.tier == "gold"',
  'labels.tier != "gold"',
  'labels.tier == "gold" && kind == "postgres"',
  'labels.tier == "tin" || name == "main"',
  'labels.tier',
  'labels.teir == "gold"',
  'lables.tier == "gold"',
  'sginal.type == "alert"',
  'signal.tpye == "alert"',
  'signal.data.lag > 30',
  'signal.data.lag >= 31',
  'signal.data.lag < 31',
  'signal.data.lag <= 31 && signal.data.lag > 0',
  'signal.data.lag + 1 == 32',
  'signal.data.lag - 1 == 30',
  'signal.data.lag * 2 == 62',
  'signal.data.lag / 0 == 1',
  'signal.data.lag % 2 == 1',
  'signal.data.list.exists(each, each == "y")',
  'signal.data.list.all(each, each != "z")',
  'signal.data.list.exists_one(each, each == "x")',
  'signal.data.list.filter(each, each == "x").size() == 1',
  'signal.data.list.map(each, each + "!")[0] == "x!"',
  'signal.data.list[1] == "y"',
  'signal.data.list[7] == "y"',
  '"x" in signal.data.list',
  '"timeout" in faults',
  '"timout" in faults',
  '"slow" in faults',
  '"x" in ["x", "y"]',
  'has(labels.tier)',
  'has(labels.none)',
  'has(signal.data.lag)',
  'size(labels) == 2',
  'size("four") == 4',
  'name.matches("m.*n")',
  'name.startsWith("ma") && name.endsWith("in") && name.contains("ai")',
  'resource.size() > 3 ? kind == "postgres" : false',
  'signal.source == "alerts" && signal.node == "" && signal.summary != ""',
  'signal.type',
  '1',
  '1 == 2',
  '1 < 2',
  '"a" == 1',
  'kind == 1',
  'kind > 2',
  'faults == []',
  'faults.size() > 0',
  '(',
  'kind ==',
  'kind = "x"',
  'kind == "x" &&',
  'nobody("x")',
  'duration("5m") > duration("1m")',
  'timestamp("2027-01-01T00:00:00Z") > timestamp("2026-01-01T00:00:00Z")',
  'int("3") == 3',
  'string(3) == "3"',
  'double("1.5") > 1.0',
  'bool("true")',
  'type(kind) == string',
  '{"a": 1}["a"] == 1',
  '{"a": 1}.b == 1',
  'labels["tier"] == "gold"',
  'labels["none"] == ""',
  'b"x" == b"x"',
  '"""x""" == "x"',
  `${'!'.repeat(40)}true`,
  `${'('.repeat(60)}true${')'.repeat(60)}`,
  `kind == "${'x'.repeat(2_000)}"`,
  Array.from({ length: 60 }, () => 'kind == "x"').join(' || '),
];
