/** Loaded before a healer, to make it one that does not wait for its disk: a defect that a test must see. */
import { DatabaseSync } from 'node:sqlite';

const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function careless(sql: string): void {
  Reflect.apply(exec, this, [sql.replace('synchronous = FULL', 'synchronous = NORMAL')]);
};
