import type { CheckOutcome } from './check.ts';

/** How one monitor goes, from check to check. Serialisable. */
export interface Course {
  /** In a row, up to the newest check that told anything. */
  readonly failures: number;
  readonly passes: number;
  /** When the first failure of this row began, ms since the Unix epoch; null where the newest passed. */
  readonly failingSince: number | null;
  /** Since when it fires: the beginning of its first failure. Null: it does not. */
  readonly firingSince: number | null;
}

export const freshCourse: Course = { failures: 0, passes: 0, failingSince: null, firingSince: null };

export interface Thresholds {
  readonly failures: number;
  readonly recoveries: number;
}

export interface Followed {
  readonly course: Course;
  /** What the newest check led to. */
  readonly turn: 'fires' | 'resolved' | null;
}

/** What is unknown changes nothing: neither is it a failure, nor does it end one. */
export function follow(course: Course, outcome: CheckOutcome, beganAt: number, wanted: Thresholds): Followed {
  if (outcome.state === 'unknown') return { course, turn: null };
  return outcome.state === 'critical' ? failed(course, beganAt, wanted) : passed(course, wanted);
}

function failed(course: Course, beganAt: number, { failures: wanted }: Thresholds): Followed {
  const failures = course.failures + 1;
  const failingSince = course.failingSince ?? beganAt;
  const fires = course.firingSince === null && failures >= wanted;
  const firingSince = fires ? failingSince : course.firingSince;
  return { course: { failures, passes: 0, failingSince, firingSince }, turn: fires ? 'fires' : null };
}

function passed(course: Course, { recoveries: wanted }: Thresholds): Followed {
  const passes = course.passes + 1;
  const isOver = course.firingSince !== null && passes >= wanted;
  const firingSince = isOver ? null : course.firingSince;
  return {
    course: { failures: 0, passes, failingSince: null, firingSince },
    turn: isOver ? 'resolved' : null,
  };
}
