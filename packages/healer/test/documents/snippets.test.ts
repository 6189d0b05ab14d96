import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isError, parsePlaybook, renderProblem } from '@prunella/core';
import { parseScenarios } from '@prunella/core/scenario';
import { describe, expect, test } from 'vitest';
import { allActions, knownActions, openBackends } from '../../src/configuration/actions.ts';
import { loadConfiguration, loadPlaybooks } from '../../src/configuration/load.ts';
import { parseConfiguration } from '../../src/configuration/parse.ts';

const root = join(import.meta.dirname, '../../../..');

function snippets(document: string): readonly { readonly text: string; readonly line: number }[] {
  const source = readFileSync(join(root, document), 'utf8');
  return [...source.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match) => ({
    text: match[1] ?? '',
    line: source.slice(0, match.index).split('\n').length + 1,
  }));
}

const documents = [
  'README.md',
  'salt/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const all = documents.flatMap((document) => snippets(document).map((snippet) => ({ document, ...snippet })));
const playbooks = all.filter(({ text }) => /^playbook:/m.test(text));
const scenarios = all.filter(({ text }) => /^scenario:/m.test(text));
const configurations = all.filter(({ text }) => /^resources:/m.test(text) && !/^scenario:/m.test(text));

describe('what the documents show is what the program takes', () => {
  test('there are playbooks and configurations to check', () => {
    expect(playbooks.length).toBeGreaterThanOrEqual(4);
    expect(configurations.length).toBeGreaterThanOrEqual(5);
  });

  test.each(playbooks)('the playbook at $document:$line', ({ document, text }) => {
    const { playbooks: parsed, problems } = parsePlaybook(text, document, {
      actions: allActions(),
      openBackends,
    });
    expect(problems.filter(isError).map(renderProblem)).toEqual([]);
    expect(parsed).toHaveLength(1);
  });

  test.each(scenarios)('the scenario at $document:$line', ({ document, text }) => {
    const parsed = parseScenarios(text, document);
    expect(parsed.problems.map(renderProblem)).toEqual([]);
    expect(parsed.scenarios).toHaveLength(1);
  });

  test('examples/prunella.yaml and the playbooks beside it', async () => {
    const { configuration, document, problems } = await loadConfiguration(
      join(root, 'examples/prunella.yaml'),
      {},
    );
    // Whoever takes the example over brings the secrets.
    const ofText = problems.filter(({ code }) => code !== 'secret-file-missing');
    expect(ofText.map(renderProblem)).toEqual([]);
    if (configuration === null) throw new Error('it cannot be used');
    const loaded = await loadPlaybooks(configuration, knownActions(configuration), document);
    expect(loaded.playbooks.length).toBeGreaterThanOrEqual(1);
    // The article's target is a glob, so that a restart may meet a healthy node.
    const unexpected = loaded.problems.filter(({ code }) => code !== 'target-wider-than-failing');
    expect(unexpected.map(renderProblem)).toEqual([]);
  });

  test.each(configurations)('the configuration at $document:$line', ({ document, text }) => {
    const { problems, configuration } = parseConfiguration(text, join(root, document), {});
    expect(problems.filter(isError).map(renderProblem)).toEqual([]);
    expect(configuration).not.toBeNull();
  });
});
