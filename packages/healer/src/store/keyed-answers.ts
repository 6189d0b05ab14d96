/** What was answered to a request that had a key of its sender's. */
export interface KeyedAnswer {
  readonly key: string;
  /** Ms since the Unix epoch, when it was begun. */
  readonly at: number;
  /** Of what was asked: another one under the same key is another request. */
  readonly fingerprint: string;
  /** As JSON; null from its beginning on until it is answered. */
  readonly answer: string | null;
}

/** Kept for 24 h, the newest 10,000. Each call is on disk when it returns, and throws a `StoreError` where not. */
export interface KeyedAnswers {
  find(key: string): KeyedAnswer | null;
  put(answer: KeyedAnswer): void;
  drop(key: string): void;
}

export const keyedAnswerAgeMs = 24 * 60 * 60 * 1_000;
export const keyedAnswerLimit = 10_000;
