import type { Clock } from '@prunella/guard';
import { type JournalOptions, openJournal } from '@prunella/guard/journal';
import { guarded } from '../runtime/guarded.ts';
import { StandInError, type StandInHandle } from '../runtime/stand-in-adapter.ts';

interface Count {
  readonly name: string;
  readonly by: number;
}

/** One life of an application that counts through a journal. `made` is what its database has seen. */
export async function countingApplication(
  file: string,
  made: string[] = [],
  options: Omit<JournalOptions, 'file'> & {
    readonly define?: boolean;
    readonly attemptsAtMost?: number;
  } = {},
) {
  const { define = true, attemptsAtMost, ...journalOptions } = options;
  const parts = guarded();
  const clock: Clock = parts.clock;
  const journal = await openJournal({ file, clock, ...journalOptions });
  const writes = journal.writesFor(parts.guard, attemptsAtMost === undefined ? {} : { attemptsAtMost });
  const defineCount = () =>
    writes.define<Count, number, number>('count', {
      apply: async (handle: StandInHandle, { payload, idempotencyKey, replay }) => {
        await handle.ask();
        if (payload.name.startsWith('poison')) throw new StandInError('caller', 'violates a constraint');
        if (payload.name.startsWith('killer')) throw new StandInError('unreachable', 'connection reset');
        made.push(`${idempotencyKey}${replay ? ' (replayed)' : ''}`);
        return made.length;
      },
      applyToCached: (cached = 0, { by }) => cached + by,
    });
  const count = define ? defineCount() : undefined;
  return {
    ...parts,
    journal,
    writes,
    made,
    defineCount,
    write: async (name: string, key = 'monitor:1') => {
      if (count === undefined) throw new Error('this application has defined nothing');
      return count({ key, payload: { name, by: 1 }, idempotencyKey: name });
    },
    read: () =>
      parts.guard.read({
        key: 'monitor:1',
        load: async (handle) => {
          await handle.ask();
          return made.length;
        },
      }),
    /** As when the process ends in good order. */
    end: async () => {
      await parts.guard.detach();
      await journal.close();
    },
  };
}
