import { DatabaseSync } from 'node:sqlite';

/** Calls back in the middle of a transaction: all is written, and COMMIT has not run. */
export function watchCommits(onInside: () => void): void {
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (sql: string) {
    if (sql === 'COMMIT') onInside();
    exec.call(this, sql);
  };
}
