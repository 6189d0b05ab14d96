import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';

describe('did you mean', () => {
  const keys = ['after', 'every', 'notAfter', 'window', 'autonomy', 'target'];

  it.each([
    ['afer', 'after'],
    ['aftre', 'after'],
    ['not-after', 'notAfter'],
    ['not_after', 'notAfter'],
    ['Windwo', 'window'],
    ['targets', 'target'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, keys)).toBe(meant);
  });

  it('says nothing where nothing is near', () => {
    expect(nearest('colour', keys)).toBeNull();
    expect(nearest('x', [])).toBeNull();
  });

  it('takes the first of two equally near', () => {
    expect(nearest('salt.service.sart', ['salt.service.start', 'salt.service.stop'])).toBe(
      'salt.service.start',
    );
  });

  it('is done with a huge word at once', () => {
    expect(nearest('a'.repeat(1_000_000), keys)).toBeNull();
  });
});
