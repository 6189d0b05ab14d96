import { describe, expect, test } from 'vitest';
import { readExpression } from './expression.ts';

const variables = { body: 'dyn', headers: 'map<string, string>' } as const;
const facts = {
  body: { service: 'postgres/main', count: 3, alerts: [{ name: 'a' }], none: null },
  headers: new Map([['x-kind', 'alert']]),
};

function ask(text: string, wanted: 'text' | 'truth' | 'list' = 'text') {
  const read = readExpression(text, variables, wanted);
  if ('problem' in read) throw new Error(read.problem.message);
  return read.expression.evaluate(facts);
}

function problem(text: string, wanted: 'text' | 'truth' | 'list' = 'text') {
  const read = readExpression(text, variables, wanted);
  return 'problem' in read ? read.problem : null;
}

describe('an expression over what came', () => {
  test.each([
    ['body.service', 'postgres/main'],
    ["body.service.split('/')[0]", 'postgres'],
    ["body.count > 2 ? 'firing' : 'resolved'", 'firing'],
    ["has(body.node) ? body.node : ''", ''],
    ["'alert-' + string(body.count)", 'alert-3'],
    ["headers['x-kind']", 'alert'],
  ])('%s gives %s', (text, value) => {
    expect(ask(text)).toEqual({ ok: true, value });
  });

  test('gives lists and truths where these are wanted', () => {
    expect(ask('body.alerts', 'list')).toEqual({ ok: true, value: [{ name: 'a' }] });
    expect(ask('body.alerts.exists(alert, alert.name == "a")', 'truth')).toEqual({ ok: true, value: true });
  });

  test.each([
    ['body.missing', 'No such key: missing'],
    ['body.count', 'gave a number, and a text is wanted'],
    ['body.none', 'gave null, and a text is wanted'],
    ['body.alerts', 'gave a list, and a text is wanted'],
    ['body', 'gave a map, and a text is wanted'],
    ['body.constructor', 'No such key: constructor'],
    ['body.__proto__', 'No such key: __proto__'],
  ])('%s is answered by a sentence', (text, why) => {
    expect(ask(text)).toEqual({ ok: false, why });
  });

  test.each([
    ['bdy.service', 'did you mean `body`?'],
    ['body.service = "x"', 'write `==` to compare'],
    ['1 + 1', 'a text stands in quotes; `string(…)` makes one of a number'],
  ])('%s is refused beforehand with what was meant', (text, suggestion) => {
    expect(problem(text)?.suggestion).toBe(suggestion);
  });

  test('what can cost more than its size is refused beforehand', () => {
    expect(problem("body.service.matches('(a+)+$') ? 'a' : 'b'")?.message).toBe(
      '`matches` cannot be used here',
    );
    const nested = 'body.alerts.exists(a, body.alerts.exists(b, a == b))';
    expect(problem(nested, 'truth')?.message).toContain('loops cannot be nested');
    expect(problem(`'${'a'.repeat(1_000)}'`)?.message).toContain('at most 1000 are read');
    expect(problem(Array(300).fill('body.service').join(' + '))).not.toBeNull();
  });
});
