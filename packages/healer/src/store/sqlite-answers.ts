import type { DatabaseSync } from 'node:sqlite';
import { type KeyedAnswer, type KeyedAnswers, keyedAnswerAgeMs, keyedAnswerLimit } from './keyed-answers.ts';
import { inTransaction } from './schema.ts';

export class SqliteAnswers implements KeyedAnswers {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  find(key: string): KeyedAnswer | null {
    const row = this.#database
      .prepare('SELECT at, fingerprint, answer FROM keyed_answers WHERE key = ? AND at >= ?')
      .get(key, this.#now() - keyedAnswerAgeMs);
    if (row === undefined) return null;
    const answer = row['answer'];
    return {
      key,
      at: Number(row['at']),
      fingerprint: String(row['fingerprint']),
      answer: answer === null ? null : String(answer),
    };
  }

  put({ key, at, fingerprint, answer }: KeyedAnswer): void {
    inTransaction(this.#database, () => {
      this.#database
        .prepare('INSERT OR REPLACE INTO keyed_answers (key, at, fingerprint, answer) VALUES (?, ?, ?, ?)')
        .run(key, at, fingerprint, answer);
      this.#database.prepare('DELETE FROM keyed_answers WHERE at < ?').run(this.#now() - keyedAnswerAgeMs);
      this.#database
        .prepare(
          'DELETE FROM keyed_answers WHERE key IN (SELECT key FROM keyed_answers ORDER BY at DESC LIMIT -1 OFFSET ?)',
        )
        .run(keyedAnswerLimit);
    });
  }

  drop(key: string): void {
    this.#database.prepare('DELETE FROM keyed_answers WHERE key = ?').run(key);
  }
}
