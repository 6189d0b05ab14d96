// Writes the tables of keys in docs/ from the schemas: npm run schemas -w prunella
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentsWithKeys, root, withKeyTables } from './key-tables.ts';

for (const document of documentsWithKeys) writeFileSync(join(root, document), withKeyTables(document));
