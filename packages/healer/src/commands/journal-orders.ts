import { setTimeout as delay } from 'node:timers/promises';
import { JournalError, type JournalView, openJournal } from '@prunella/guard/journal';

export interface Asked {
  readonly action: 'retry' | 'discard';
  readonly ids: readonly number[];
}

/** What became of each id. */
export interface Answered {
  readonly done: readonly number[];
  /** The application has not answered yet: it is busy with the write, or stands still. */
  readonly requested: readonly number[];
}

/** A running application looks each second. */
const answersWithinMs = 5_000;
const lookEveryMs = 100;

/** Does it in the file where no application has it open, else asks the application and waits a little. */
export async function askFor(
  view: JournalView,
  file: string,
  { action, ids }: Asked,
  interrupted: AbortSignal,
): Promise<Answered> {
  if (await doneHere(file, { action, ids })) return { done: ids, requested: [] };
  let open = ids.map((id) => ({ id, request: view.ask(action, id) }));
  for (let waitedMs = 0; waitedMs < answersWithinMs && !interrupted.aborted; waitedMs += lookEveryMs) {
    open = open.filter(({ request }) => view.isOpen(request));
    if (open.length === 0) break;
    await delay(lookEveryMs);
  }
  const requested = open.map(({ id }) => id);
  return { done: ids.filter((id) => !requested.includes(id)), requested };
}

/** False where another process has the journal open. */
async function doneHere(file: string, { action, ids }: Asked): Promise<boolean> {
  try {
    const journal = await openJournal({ file });
    try {
      for (const id of ids) {
        if (action === 'retry') journal.retry(id);
        else journal.discard(id);
      }
    } finally {
      await journal.close();
    }
    return true;
  } catch (error) {
    if (error instanceof JournalError && error.code === 'journal-held') return false;
    throw error;
  }
}
