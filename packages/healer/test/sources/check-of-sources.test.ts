import { renderProblem } from '@prunella/core';
import { expect, test } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse.ts';

const problemsOf = (text: string) =>
  parseConfiguration(text, 'prunella.yaml', {}).problems.map((problem) =>
    renderProblem(problem).replace(/^.*prunella\.yaml/, ''),
  );

test('check says of sources what is wrong, where, and what was meant', () => {
  expect(
    problemsOf(`resources:
  postgres/main: { nodes: { db1: {} } }
sources:
  monitoring:
    type: alertmanager
    map:
      - { labels: { job: pg }, resource: postgres/mian }
      - { labels: {}, resource: postgres/main }
      - { labels: { job: a }, resource: postgres/main, node: db2, nodes: { b: db3 } }
  hook:
    type: webhook
    signature: { secret: { file: /dev/null } }
    when: bdy.a == 'x'
    each: size(body.alerts)
    map:
      resource: body.labels.resource + 1
      id: headers['x-id']
      summary: body.a.matches('x')
  events:
    type: cloudevents
    map: { resource: "event.subject &" }
  odd: { type: webhok }
`),
  ).toEqual([
    ':7:42: warning: no such resource is declared: postgres/mian (resource-not-declared)\n  did you mean `postgres/main`?',
    expect.stringMatching(
      /^:8:19: error: `sources.monitoring.map\[1\].labels` must ask for at least one label/,
    ),
    expect.stringMatching(
      /^:9:62: warning: postgres\/main has no such node: db2 .*\n {2}did you mean `db1`\?/,
    ),
    expect.stringMatching(/^:9:79: warning: postgres\/main has no such node: db3 /),
    expect.stringMatching(
      /^:12:5: error: `signature.header` is missing: in which header the signature comes/,
    ),
    expect.stringMatching(/^:13:11: error: CEL: Unknown variable: bdy.*\n {2}did you mean `body`\?/),
    expect.stringMatching(/^:14:11: error: CEL: is int, and a list is wanted/),
    expect.stringMatching(/^:16:\d+: error: CEL: /),
    expect.stringMatching(/^:17:11: error: CEL: Unknown variable: headers/),
    expect.stringMatching(/^:18:\d+: error: CEL: `matches` cannot be used here/),
    expect.stringMatching(/^:21:\d+: error: CEL: .*\n {2}write `&&` for and/),
    expect.stringMatching(/^:22:16: error: `sources.odd.type` must be .*\n {2}did you mean `webhook`\?/),
  ]);
});

test('check warns of a signed webhook whose type is the healer’s own, so that every request would be refused', () => {
  const signature = 'signature: { header: x-signature, secret: { file: /dev/null } }';
  expect(
    problemsOf(`sources:
  exits: { type: webhook, ${signature}, map: { resource: body.a, type: "'process.exit'" } }
  checks: { type: webhook, ${signature}, map: { resource: body.a, type: "'monitor' + '.x'" } }
  people: { type: webhook, ${signature}, map: { resource: body.a, type: "'person.report'" } }
  told: { type: webhook, ${signature}, map: { resource: body.a, type: "'monitor.' + body.b" } }
  granted: { type: webhook, map: { resource: body.a, type: "'process.exit'" } }
  other: { type: webhook, ${signature}, map: { resource: body.a } }
`),
  ).toEqual([
    expect.stringMatching(
      /^:2:\d+: warning: every request would be refused.* \(type-refused\)\n {2}signals of type process\.exit .*take `signature` from the source/,
    ),
    expect.stringMatching(/^:3:\d+: warning: .*\n {2}signals of type monitor\.x /),
    expect.stringMatching(/^:4:\d+: warning: .*\n {2}person\.report is for what people say/),
  ]);
});

test('check says of monitors what is wrong, where, and what was meant', () => {
  expect(
    problemsOf(`resources:
  postgres/main: { nodes: { db1: {} } }
monitors:
  one: { type: tcp, port: 1, resource: postgres/man }
  two: { type: tcp, port: 1, resource: postgres/main, node: db2 }
  three: { type: postgres, resource: postgres/main, condition: 'rows[0].a < 5' }
  four: { type: postgres, resource: postgres/main, query: select 1, condition: rws }
  five: { type: http, url: 'http://x/', resource: postgres/main, matches: '(' }
  six: { type: command, resource: postgres/main }
  seven: { type: tcp, port: 1, resource: postgres/main, evry: 5s }
`),
  ).toEqual([
    ':4:40: warning: no such resource is declared: postgres/man (resource-not-declared)\n  did you mean `postgres/main`?',
    ':5:61: warning: postgres/main has no such node: db2 (node-not-declared)\n  did you mean `db1`?',
    expect.stringMatching(/^:6:\d+: error: `query` is missing: `condition` is asked of its rows/),
    expect.stringMatching(/^:7:\d+: error: CEL: Unknown variable: rws.*\n {2}did you mean `rows`\?/),
    expect.stringMatching(
      /^:8:\d+: error: `monitors.five.matches` must be a regular expression of JavaScript/,
    ),
    expect.stringMatching(/^:9:\d+: error: .*either `command` or `shell`/),
    expect.stringMatching(/^:10:\d+: error: `evry` is not known .*\n {2}did you mean `every`\?/),
  ]);
});
