/** Takes the lock of the folder named by its argument, says so, and holds it until it is killed. */

import { silenceSqliteWarning } from '../../src/store/sqlite-warning.ts';
import { acquireStoreLock } from '../../src/store/store-lock.ts';

silenceSqliteWarning();
const folder = process.argv[2] ?? '';
try {
  await acquireStoreLock(folder);
  console.log('held');
  setInterval(() => undefined, 60_000);
} catch (error) {
  console.log(`refused: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`);
}
