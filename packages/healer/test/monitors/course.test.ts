import { describe, expect, test } from 'vitest';
import type { CheckState } from '../../src/monitors/check.ts';
import { type Course, follow, freshCourse } from '../../src/monitors/course.ts';

const wanted = { failures: 3, recoveries: 2 };
const states: Readonly<Record<string, CheckState>> = { c: 'critical', o: 'ok', u: 'unknown', w: 'warning' };

/** One letter a check, a second apart; what each led to. */
function lived(letters: string, from: Course = freshCourse) {
  let course = from;
  const turns: string[] = [];
  for (const [index, letter] of [...letters].entries()) {
    const outcome = { state: states[letter] ?? 'unknown', detail: '' };
    const followed = follow(course, outcome, index * 1_000, wanted);
    course = followed.course;
    if (followed.turn !== null) turns.push(`${followed.turn}@${index}`);
  }
  return { turns, course };
}

describe('the course of a monitor', () => {
  test.each([
    ['fires when it has failed often enough in a row', 'occc', ['fires@3']],
    ['does not fire where a check passes in between', 'ccoccocc', []],
    ['fires once, however long it goes on', 'ccccccccc', ['fires@2']],
    ['is resolved when it has passed often enough in a row', 'cccoo', ['fires@2', 'resolved@4']],
    ['is not resolved by a single pass', 'cccococo', ['fires@2']],
    ['fires again after it was resolved', 'cccoocccoo', ['fires@2', 'resolved@4', 'fires@7', 'resolved@9']],
    ['tells nothing of what it never knew to fail', 'oooo', []],
    ['takes what is unknown neither for a failure nor for its end', 'cucuc', ['fires@4']],
    ['is not resolved by what is unknown', 'cccuuuu', ['fires@2']],
    ['counts what passed on, over what is unknown', 'cccouo', ['fires@2', 'resolved@5']],
  ])('%s', (_what, letters, turns) => {
    expect(lived(letters).turns).toEqual(turns);
  });

  test('fires since the beginning of its first failure', () => {
    expect(lived('oocccc').course.firingSince).toBe(2_000);
  });

  test('goes on after a restart: what fired does not fire again, and is resolved', () => {
    const left = { failures: 3, passes: 0, failingSince: 5, firingSince: 5 };
    expect(lived('cccc', left).turns).toEqual([]);
    expect(lived('oo', left).turns).toEqual(['resolved@1']);
  });
});
