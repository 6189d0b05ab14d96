// Writes the tables of keys in docs/ from the schemas, and lists from the source: npm run schemas -w prunella
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentsWithLists, withLists } from './generated-lists.ts';
import { documentsWithKeys, root, withKeyTables } from './key-tables.ts';

for (const document of documentsWithKeys) writeFileSync(join(root, document), withKeyTables(document));
for (const document of documentsWithLists) writeFileSync(join(root, document), await withLists(document));
