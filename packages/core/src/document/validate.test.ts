import { expect, it } from 'vitest';
import { z } from 'zod';
import { readDocuments } from './read-documents.ts';
import { validate } from './validate.ts';

const schema = z.strictObject({
  name: z.string(),
  count: z.number().optional(),
  inner: z.strictObject({ colour: z.string().optional() }).optional(),
});

function checked(text: string) {
  const [document] = readDocuments(text, 'some.yaml').documents;
  if (document === undefined) throw new Error(`${text} was not read`);
  const { value, problems } = validate(document, schema);
  return {
    value,
    told: problems.map(({ code, line, column, suggestion }) => [code, line, column, suggestion]),
  };
}

it('answers the value where all fits', () => {
  expect(checked('name: x\ncount: 3\n')).toEqual({ value: { name: 'x', count: 3 }, told: [] });
});

it('answers what is meant without them, where only keys are unknown', () => {
  const { value, told } = checked('name: x\ncuont: 3\ninner:\n  color: red\n');
  expect(value).toEqual({ name: 'x', inner: {} });
  expect(told.map(([, line, column]) => [line, column])).toEqual([
    [4, 3],
    [2, 1],
  ]);
});

it('answers nothing where a key is unknown and a value is wrong, too', () => {
  const { value, told } = checked('name: 7\ncuont: 3\n');
  expect(value).toBeNull();
  expect(told).toHaveLength(2);
});
