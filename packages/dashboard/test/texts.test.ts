import { describe, expect, it } from 'vitest';
import { fleetSentence } from '../src/text/fleet-sentence.ts';
import { readRemedy } from '../src/text/remedy.ts';
import { countdown, localTimes, timeOfDay, withoutDuration } from '../src/text/time.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('the sentence on the whole fleet', () => {
  const nobody: ReadonlySet<string> = new Set();

  it('says in one breath that all is well', () => {
    expect(fleetSentence({}, [], nobody)).toBe('The healer knows no resource yet.');
    expect(fleetSentence({ ok: 1 }, [], nobody)).toBe('The one resource is ok.');
    expect(fleetSentence({ ok: 12 }, [], nobody)).toBe('All 12 resources are ok.');
  });

  it.each([
    ['exhausted', 'It needs you.'],
    ['attempting', 'A repair is running.'],
    ['verifying', 'checking whether it helped'],
    ['paused', 'repairs are paused'],
    ['suspected', 'making sure'],
  ] as const)('names the one resource that is %s', (state, words) => {
    const sentence = fleetSentence({ ok: 3, [state]: 1 }, [{ resource: 'redis/cache', state }], nobody);
    expect(sentence).toContain('redis/cache');
    expect(sentence).toContain(words);
  });

  it('says of the one that asks that it waits for an answer, whatever its state', () => {
    const notOk = [{ resource: 'redis/cache', state: 'open' }] as const;
    expect(fleetSentence({ open: 1 }, notOk, new Set(['redis/cache']))).toContain('waits for your answer');
  });

  it('says of the one whose step is held that it is', () => {
    const next = { what: 'restart is held: no failing node has a target; nothing is sent', at: null };
    const held = { resource: 'redis/cache', state: 'open', next } as const;
    expect(fleetSentence({ open: 1 }, [held], nobody)).toBe(
      'redis/cache is broken, and its next step is held.',
    );
  });

  it('says of the one that is claimed that it is left to whoever works on it', () => {
    const claimed = { resource: 'redis/cache', state: 'open', remedies: ['prunella release inc-1'] } as const;
    expect(fleetSentence({ open: 1 }, [claimed], nobody)).toContain('the healer leaves it to them');
    const free = { ...claimed, remedies: ['prunella claim inc-1'] };
    expect(fleetSentence({ open: 1 }, [free], nobody)).toContain('next step');
  });

  it('counts many by what is done about them, also those that it was not told by name', () => {
    const notOk = [
      { resource: 'a/1', state: 'open' },
      { resource: 'a/2', state: 'exhausted' },
    ] as const;
    const states = { ok: 90, open: 4, exhausted: 1, attempting: 2, suspected: 3 };
    expect(plain(fleetSentence(states, notOk, new Set(['a/1'])))).toBe(
      '10 of 100 resources are not ok: 2 need you, 2 are being repaired, 3 wait for their next step and 3 are not certain.',
    );
  });
});

describe('times', () => {
  const now = Date.parse('2026-11-26T08:00:00Z');

  it('count down to the second', () => {
    expect(countdown(845_000)).toBe('14:05');
    expect(countdown(3_753_000)).toBe('1:02:33');
    expect(countdown(-5)).toBe('0:00');
  });

  it("of the healer's sentences are told in the reader's zone", () => {
    const shown = timeOfDay(Date.parse('2026-11-26T08:15:00Z'), now);
    expect(localTimes('waits until 2026-11-26T08:15:00.000Z: prunella', now)).toBe(
      `waits until ${shown}: prunella`,
    );
    expect(localTimes('good until 08:15Z', now)).toBe(`good until ${shown.slice(0, 5)}`);
    expect(localTimes('version 1.2.3Z and 99', now)).toBe('version 1.2.3Z and 99');
  });

  it('that the page counts down itself are taken from the end of a sentence, and from nowhere else', () => {
    expect(withoutDuration('restart (salt.service.restart) in 4 min 58 s')).toBe(
      'restart (salt.service.restart)',
    );
    expect(withoutDuration('highstate in 12 s')).toBe('highstate');
    expect(withoutDuration('held: 3 openings in 1 h, so it asks')).toBe(
      'held: 3 openings in 1 h, so it asks',
    );
  });
});

describe('a remedy', () => {
  it.each([
    ['prunella approve web~shop.1.1', { type: 'approve', attempt: 'web~shop.1.1' }],
    ['prunella reject web~shop.1.1', { type: 'reject', attempt: 'web~shop.1.1' }],
    ['prunella resume', { type: 'resume-all' }],
    ['prunella resume web~shop.1', { type: 'resume-ladder', incident: 'web~shop.1' }],
    ['prunella release web~shop.1', { type: 'release', incident: 'web~shop.1' }],
    ['prunella close web~shop.1', { type: 'close', incident: 'web~shop.1' }],
    [
      'prunella autonomy lift web/shop restart',
      { type: 'lift-demotion', resource: 'web/shop', step: 'restart' },
    ],
  ])('%s becomes a button', (text, remedy) => {
    expect(readRemedy(text)).toEqual(remedy);
  });

  it('that the page cannot do stays a command, and a sentence stays a sentence', () => {
    expect(readRemedy('prunella clear shop').type).toBe('command');
    expect(readRemedy('prunella approve one two').type).toBe('command');
    expect(readRemedy('declare a target for db1').type).toBe('sentence');
  });
});
