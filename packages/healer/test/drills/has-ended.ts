import { waitFor } from '@prunella/labs';

/** Waits until no process has this id. */
export async function hasEnded(pid: number): Promise<void> {
  const isAlive = () => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  await waitFor(() => !isAlive(), { what: `process ${pid} to be gone` });
}
