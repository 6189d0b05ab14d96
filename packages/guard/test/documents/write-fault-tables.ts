// Writes the tables of docs/faults.md from those that the adapters use: npm run faults -w @prunella/guard
import { writeFileSync } from 'node:fs';
import { faultsPage, withFaultTables } from './fault-tables.ts';

writeFileSync(faultsPage, withFaultTables());
