import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The processes that name a folder in their command line, one line each. */
export async function processesOf(folder: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,stat=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(folder) && !/^\s*\d+\s+Z/.test(line) && !line.includes('--eval'));
}
