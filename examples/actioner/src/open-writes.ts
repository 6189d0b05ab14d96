import type { Guard } from '@prunella/guard';
import { type DefinedWrites, degradedWrites } from '@prunella/guard/writes';

export interface OpenWrites<Handle> {
  readonly writes: DefinedWrites<Handle>;
  close(): Promise<void>;
}

/** Counts that wait for the database: in a file they outlive this process, in memory they go with it. */
export async function openWrites<Handle>(
  guard: Guard<Handle>,
  journalFile: string | undefined,
): Promise<OpenWrites<Handle>> {
  if (journalFile === undefined) return { writes: degradedWrites(guard), close: async () => {} };
  const { openJournal } = await import('@prunella/guard/journal');
  const journal = await openJournal({ file: journalFile });
  return { writes: journal.writesFor(guard), close: () => journal.close() };
}
