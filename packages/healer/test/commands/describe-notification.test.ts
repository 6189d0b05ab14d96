import { expect, it } from 'vitest';
import { describeNotification } from '../../src/commands/describe-event.ts';

it('names a resource once in what a person is told', () => {
  const resource = 'postgres/main';
  const text = 'postgres/main: incident: 3 of 3 instances sick';
  expect(describeNotification({ resource, text })).toBe(text);
  expect(describeNotification({ resource, text: 'incident' })).toBe('postgres/main: incident');
});
