import { expect, test, vi } from 'vitest';
import { serve } from './serve.ts';

const written = vi.hoisted(() => ({ times: 0 }));

vi.mock('../../src/server/openapi/document.ts', async (importActual) => {
  const actual = await importActual<typeof import('../../src/server/openapi/document.ts')>();
  return {
    ...actual,
    openapiDocument: (...parts: Parameters<typeof actual.openapiDocument>) => {
      written.times += 1;
      return actual.openapiDocument(...parts);
    },
  };
});

test('the description that anybody may ask for is not made anew for each who does', async () => {
  const { call } = await serve();
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => call('/v1/openapi.json', { token: '' })));
  for (const answer of answers) {
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toMatchObject({ openapi: expect.stringContaining('3.1') });
  }
  expect(written.times).toBe(1);
});
