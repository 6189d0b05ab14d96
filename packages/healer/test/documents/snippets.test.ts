import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isError, parsePlaybook, renderProblem } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import { allActions } from '../../src/configuration/actions.ts';
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
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const all = documents.flatMap((document) => snippets(document).map((snippet) => ({ document, ...snippet })));
const playbooks = all.filter(({ text }) => /^playbook:/m.test(text));
const configurations = all.filter(({ text }) => /^resources:/m.test(text));

describe('what the documents show is what the program takes', () => {
  test('there are playbooks and configurations to check', () => {
    expect(playbooks.length).toBeGreaterThanOrEqual(2);
    expect(configurations.length).toBeGreaterThanOrEqual(1);
  });

  test.each(playbooks)('the playbook at $document:$line', ({ document, text }) => {
    const { playbooks: parsed, problems } = parsePlaybook(text, document, { actions: allActions() });
    expect(problems.filter(isError).map(renderProblem)).toEqual([]);
    expect(parsed).toHaveLength(1);
  });

  test.each(configurations)('the configuration at $document:$line', ({ document, text }) => {
    const { problems, configuration } = parseConfiguration(text, join(root, document), {});
    expect(problems.filter(isError).map(renderProblem)).toEqual([]);
    expect(configuration).not.toBeNull();
  });
});
