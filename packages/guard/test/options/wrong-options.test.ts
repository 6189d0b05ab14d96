import { OptionError } from '@prunella/guard';
import { describe, expect, test } from 'vitest';
import { factories } from './factories.ts';
import { publishedEntries, subjects } from './subjects.ts';
import type { Wrong } from './wrong.ts';

/** What is thrown or rejected with; null where it is made. */
async function refusal(make: () => unknown): Promise<unknown> {
  try {
    await make();
    return null;
  } catch (error) {
    return error;
  }
}

function withOption(right: object, path: string, value: unknown): Wrong {
  const [outer = path, inner] = path.split('.');
  return { ...right, [outer]: inner === undefined ? value : { [inner]: value } };
}

async function expectRefused(make: () => unknown, option: string): Promise<void> {
  const error = await refusal(make);
  expect(error).toBeInstanceOf(OptionError);
  expect(error).toMatchObject({ code: 'PRUNELLA_OPTION', option });
  expect(String(error)).toMatch(/option \S+: given .+; allowed: .+/);
}

describe.each(factories)('$name of $entry', ({ make, right, wrong }) => {
  test.each(wrong)('refuses %s: %j, by name, with what is allowed', async (option, value) => {
    const path = option.split('.');
    const error = await refusal(() => make(withOption(right, option, value)));
    expect(error).toBeInstanceOf(OptionError);
    // A breaker that has one wrong value lacks another one, too: either may be named.
    expect(String(error)).toMatch(/^OptionError: option \S+: given .+; allowed: .+/);
    expect(error instanceof OptionError && error.option.split('.')[0]).toBe(path[0]);
  });

  test('refuses a misspelt option, and names those that there are', () =>
    expectRefused(() => make({ ...right, deadlineMilliseconds: 1 }), 'deadlineMilliseconds'));

  test.each([[null], ['fast'], [[]]])('refuses %j in place of its options', async (value) => {
    expect(await refusal(() => make(value))).toBeInstanceOf(OptionError);
  });
});

describe.each(subjects)('%s: %s', (_entry, _name, make, option) => {
  test.each([[undefined], [null], [{}], ['text']])('refuses %j for what it stands around', (given) =>
    expectRefused(() => make(given), option),
  );
});

test('every published entry that takes options is looked at here', () => {
  const looked = new Set([...factories.map(({ entry }) => entry), ...subjects.map(([entry]) => entry)]);
  const without = ['./adapter', './diagnostics'];
  expect(publishedEntries().filter((entry) => !looked.has(entry) && !without.includes(entry))).toEqual([]);
});
