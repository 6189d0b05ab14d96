import type { Problem } from '../document/problem.ts';
import type { WrittenDocument } from '../document/source-document.ts';
import { isEverAllowed } from '../windows/weekly.ts';
import type { Playbook } from './playbook.ts';

/** Windows that together leave no time for an attempt. */
export function checkWindows({ windows }: Playbook, document: WrittenDocument): readonly Problem[] {
  if (windows === undefined || isEverAllowed(windows)) return [];
  return [
    document.problemAt(['windows'], {
      code: 'windows-never-open',
      message: 'no minute of the week is left in which an attempt may run',
      suggestion: 'write shorter `maintenance`, or an `allowed` window outside of it',
    }),
  ];
}
