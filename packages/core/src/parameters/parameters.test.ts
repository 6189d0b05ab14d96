import { describe, expect, it } from 'vitest';
import { fillArguments, type ParameterFacts, unknownParameters } from './parameters.ts';

const facts: ParameterFacts = {
  resource: 'postgres/main',
  labels: { service: 'postgresql@15-main', evil: 'x; rm -rf /', nested: '{{ node }}' },
  incident: 'postgres~main.abc',
  attempt: 'postgres~main.abc.1',
  targets: ['minion-db1'],
  nodes: ['db1'],
};

describe('parameters', () => {
  it('stand for facts of the attempt, in texts at any depth', () => {
    const given = {
      service: '{{ labels.service }}',
      states: ['repair.{{kind}}', { deep: '{{ node }} of {{ name }} ({{ target }})' }],
      count: 3,
    };
    expect(fillArguments(given, facts)).toEqual({
      problem: null,
      arguments: {
        service: 'postgresql@15-main',
        states: ['repair.postgres', { deep: 'db1 of main (minion-db1)' }],
        count: 3,
      },
    });
  });

  it.each([
    ['{{ labels.evil }}', 'is "x; rm -rf /", which is no plain name'],
    ['{{ labels.nested }}', 'is "{{ node }}", which is no plain name'],
    ['{{ labels.missing }}', '{{ labels.missing }} has no value here'],
    ['{{ labels.constructor }}', '{{ labels.constructor }} has no value here'],
    ['{{ password }}', '{{ password }} has no value here'],
  ])('with anything but a plain name there is no order: %s', (text, problem) => {
    const filled = fillArguments({ some: text }, facts);
    expect(filled.arguments).toBeNull();
    expect(filled.problem).toContain(problem);
  });

  it('name one node only where it is one', () => {
    const two = { ...facts, nodes: ['db1', 'db2'], targets: ['m1', 'm2'] };
    expect(fillArguments({ some: '{{ node }}' }, two).problem).toBe('{{ node }} has no value here');
    expect(fillArguments({ some: '{{ nodes }} {{ targets }}' }, two).arguments).toEqual({
      some: 'db1,db2 m1,m2',
    });
  });

  it.each([
    ['{{ nod }}', 'did you mean `{{ node }}`?'],
    ['{{ resurce }}', 'did you mean `{{ resource }}`?'],
    ['{{ label.tier }}', 'there are: resource'],
    ['{{ node', 'write it as `{{ node }}`'],
    ['node }}', 'write it as `{{ node }}`'],
    ['{{ {{ node }} }}', 'write it as `{{ node }}`'],
  ])('are checked by their names: %s', (text, suggestion) => {
    expect(
      unknownParameters(text)
        .map((each) => each.suggestion)
        .join(),
    ).toContain(suggestion);
  });

  it('are all known where all are known', () => {
    expect(unknownParameters('{{ node }}{{labels.service}} and { braces }')).toEqual([]);
  });
});
