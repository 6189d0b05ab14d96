// Opens a journal in a process of its own, and says what became of it. `node other-process.ts FILE`
import { JournalError, openJournal } from '@prunella/guard/journal';

try {
  await openJournal({ file: process.argv[2] ?? '' });
  process.stdout.write('opened');
} catch (error) {
  process.stdout.write(error instanceof JournalError ? `${error.code}: ${error.message}` : String(error));
}
