/** What becomes of one order. */
export type OrderFate =
  | 'succeeds'
  | 'fails'
  /** Says that it did it, and did not. */
  | 'lies'
  /** Does it and never says so. */
  | 'hangs'
  /** Reaches some of its targets only. */
  | 'half'
  /** Is carried out long after its time, and answered by nobody. */
  | 'late'
  /** Reaches its targets twice. */
  | 'twice'
  /** Is taken, and then nothing. */
  | 'lost'
  /** Nobody listens: provably not sent. */
  | 'unsent';

/** Where a crash is most telling. */
export type CrashPoint = 'now' | 'before-commit' | 'after-commit' | 'after-send';
