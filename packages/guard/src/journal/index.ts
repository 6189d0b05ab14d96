export type {
  DefinedWrite,
  DefinedWrites,
  WriteAnswer,
  WriteContext,
  WriteHandler,
} from '../writes/request.ts';
export type { EntryState, JournalEntry } from './entry.ts';
export { JournalError, type JournalErrorCode } from './journal-error.ts';
export type { EntryQuery } from './journal-file.ts';
export type { JournaledWritesOptions } from './journaled-writes.ts';
export { type JournalView, viewJournal } from './open-beside.ts';
export { type Journal, type JournalOptions, openJournal } from './open-journal.ts';
