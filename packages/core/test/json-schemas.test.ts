import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isError, parsePlaybook, playbookJsonSchema } from '@prunella/core';
import { parseScenarios, scenarioJsonSchema } from '@prunella/core/scenario';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const folder = join(import.meta.dirname, '../../../examples/playbooks');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const documentsOf = (text: string): readonly unknown[] =>
  parseAllDocuments(text).map((document) => document.toJS());

const ajv = new Ajv2020({ strict: false, allErrors: true });
const isPlaybook = ajv.compile(playbookJsonSchema());
const isScenario = ajv.compile(scenarioJsonSchema());

const head = 'playbook: some\nfor: redis/*\n';
const step = 'ladder: [{ action: a.b }]\n';

describe('the JSON Schema of playbooks', () => {
  it.each(files.filter((name) => !name.includes('.scenario.')))('takes %s', (name) => {
    for (const document of documentsOf(readFileSync(join(folder, name), 'utf8'))) {
      expect(isPlaybook(document), JSON.stringify(isPlaybook.errors)).toBe(true);
    }
  });

  it.each([
    `${head}${step}`,
    `playbook: some\ntemplate: true\n`,
    `${head}extends: other\n`,
    `${head}${step}open: { signals: [a, { type: b, if: "labels.c == 'd'" }], quorum: { share: 80% } }\n`,
    `${head}${step}nodes: { n: t, m: { target: u, domain: d } }\ndependsOn: [a/b]\n`,
    `${head}${step}overrides: [{ labels: { a: [b, c] }, open: { quorum: { hosts: 3 } }, ladder: { a.b: { after: 5m } } }]\n`,
    `${head}${step}windows: { timeZone: UTC, allowed: [{ from: '09:00', to: '17:00' }] }\n`,
  ])('takes what the parser takes: %s', (text) => {
    const { problems } = parsePlaybook(text, 'some.yaml');
    // A playbook that extends is whole only with the other one.
    expect(problems.filter(isError).every(({ code }) => code === 'extends-unknown')).toBe(true);
    for (const document of documentsOf(text)) expect(isPlaybook(document)).toBe(true);
  });

  it.each([
    `playbook: some\n${step}`,
    head,
    `${head}${step}opne: {}\n`,
    `${head}ladder: []\n`,
    `${head}ladder: [{ action: a.b, after: 5 }]\n`,
    `${head}ladder: [{ action: a.b, autonomy: automatic }]\n`,
    `${head}ladder: [{ action: a.b, when: [broken] }]\n`,
    `${head}ladder: [{ action: a.b, target: { match: regex, expression: x } }]\n`,
    `${head}${step}open: { signals: [{ type: a }] }\n`,
    `${head}${step}overrides: [{ ladder: {} }]\n`,
    `${head}${step}overrides: [{ labels: { a: b }, ladder: { x: { action: c.d } } }]\n`,
    `${head}${step}nodes: { n: { tagret: t } }\n`,
  ])('refuses what the parser refuses by form: %s', (text) => {
    expect(parsePlaybook(text, 'some.yaml').problems.some(isError)).toBe(true);
    for (const document of documentsOf(text)) expect(isPlaybook(document)).toBe(false);
  });

  it('tells an editor what each key means', () => {
    const { properties } = playbookJsonSchema() as { readonly properties: Readonly<Record<string, unknown>> };
    for (const [key, schema] of Object.entries(properties)) {
      expect(schema, key).toHaveProperty('description');
    }
  });
});

describe('the JSON Schema of scenarios', () => {
  it.each(files.filter((name) => name.includes('.scenario.')))('takes %s', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(parseScenarios(text, name).problems).toEqual([]);
    for (const document of documentsOf(text)) {
      expect(isScenario(document), JSON.stringify(isScenario.errors)).toBe(true);
    }
  });

  it.each([
    'scenario: some\n',
    'scenario: some\nresources: { a/b: {} }\nstory: [{ at: 1m, what: explodes }]\n',
    'scenario: some\nresources: { a/b: {} }\nexpect: { a/b: { opened: 1m } }\n',
  ])('refuses what the parser refuses by form: %s', (text) => {
    expect(parseScenarios(text, 'some.yaml').scenarios).toEqual([]);
    for (const document of documentsOf(text)) expect(isScenario(document)).toBe(false);
  });
});
