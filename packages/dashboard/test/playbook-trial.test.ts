import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsePlaybook } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import { answerTo } from '../src/core-worker/answer.ts';
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

/** As a healer would tell them whose backends have just the actions that the text names. */
function actionsIn(text: string) {
  const names = new Set(Array.from(text.matchAll(/\baction: *([\w.-]+)/g), ([, name = '']) => name));
  return [...names].map((action) => ({
    action,
    backend: action.split('.', 1)[0] ?? '',
    effect: 'disrupts' as const,
    highestAutonomy: 'auto' as const,
    arguments: null,
    promises: { cancels: false, dryRuns: true },
  }));
}

describe('the scenario that is written for a playbook', () => {
  test.each(playbooks)(
    'can be lived, and ends well where no window keeps it away: $name',
    ({ name, text }) => {
      const tried = { sources: [{ file: name, text }], actions: actionsIn(text) };
      const [playbook = ''] = parsePlaybook(text, name).playbooks.map((each) => each.name);
      const written = answerTo({ what: 'write', playbook, owned: [], resources: [], ...tried });
      if (!('scenario' in written) || written.scenario === null) throw new Error('nothing was written');
      const lived = answerTo({ what: 'run', scenario: written.scenario, scenarioFile: 'scenario', ...tried });
      if (!('stories' in lived)) throw new Error('it was not lived');
      expect(lived.problems).toEqual([]);
      if (!('stories' in lived)) throw new Error('it was not lived');
      expect(
        lived.stories.map(({ timeline }) => timeline.some(({ type }) => type === 'incident-opened')),
      ).toEqual([true]);
      const differing = lived.stories.flatMap(({ differences }) => differences.map(({ message }) => message));
      expect(differing).toEqual(text.includes('windows:') ? ['it was open'] : []);
    },
  );
});
