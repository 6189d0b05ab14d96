/** Bare Node with SQLite open, and nothing else: it waits to be ended. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const database = new DatabaseSync(join(process.argv[2] ?? '', 'bare.db'));
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
database.exec('CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, event TEXT)');
setInterval(() => database.isOpen, 2 ** 30);
// Past `process.stdout`, which would load Node's network.
writeSync(1, 'open\n');
