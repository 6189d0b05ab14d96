import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsePlaybook } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import { answerTo } from '../src/core-worker/answer.ts';
import { defaultScenario } from '../src/views/playbook/default-scenario.ts';
import { yamlLines } from '../src/views/playbook/yaml-tokens.ts';

const folder = fileURLToPath(new URL('../../../examples/playbooks/', import.meta.url));
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => ({ name, text: readFileSync(folder + name, 'utf8') }));
const playbooks = files.filter(({ name }) => !name.endsWith('.scenario.yaml'));

describe('a text in colours', () => {
  test.each(files)('is the same text: $name', ({ text }) => {
    const again = yamlLines(text).map((tokens) => tokens.map((token) => token.text).join(''));
    expect(again.join('\n')).toBe(text);
  });

  test('tells keys, texts, numbers, comments and blocks', () => {
    const told = yamlLines('a: "b: #c" # d\nrun: |\n  x: 1\nafter: 1m30s').map((tokens) =>
      tokens.filter(({ text }) => text.trim() !== '').map(({ kind, text }) => `${kind} ${text.trim()}`),
    );
    expect(told).toEqual([
      ['key a', 'punctuation :', 'text "b: #c"', 'comment # d'],
      ['key run', 'punctuation :', 'punctuation |'],
      ['text x: 1'],
      ['key after', 'punctuation :', 'number 1m30s'],
    ]);
  });
});

describe('the scenario that is written for a playbook', () => {
  test.each(playbooks)('can be lived, and opens: $name', ({ name, text }) => {
    const [playbook] = parsePlaybook(text, name).playbooks;
    if (playbook === undefined) throw new Error(`${name} holds no playbook`);
    const { for: pattern, ladder } = playbook;
    const scenario = defaultScenario(
      {
        name: playbook.name,
        for: pattern,
        file: name,
        text,
        steps: ladder,
        problems: [],
        resources: { names: [], count: 0 },
      },
      [],
    );
    const lived = answerTo({
      what: 'run',
      scenario,
      scenarioFile: 'scenario',
      sources: [{ file: name, text }],
      actions: [],
    });
    expect(lived.problems).toEqual([]);
    if (!('stories' in lived)) throw new Error('it was not lived');
    expect(
      lived.stories.map(({ timeline }) => timeline.some(({ type }) => type === 'incident-opened')),
    ).toEqual([true]);
  });
});
