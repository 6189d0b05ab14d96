import type { Classification } from '../../adapter.ts';
import { adapterRows, notConnectedRow } from '../adapter-error.ts';
import { classifier } from './classify.ts';
import { applicationRows, localRows, networkRows } from './network-rows.ts';
import type { Row } from './row.ts';

/**
 * The `classify` of an adapter, by a table of the driver's own rows. Around them stand those of all drivers: this
 * host's own trouble and an `AdapterError` before, the network and what the application's code throws after. Total:
 * what no row knows is `unknown`, its outcome too, and evicts; what no driver makes is `caller`.
 */
export function classifyBy(rows: readonly Row[]): (thrown: unknown) => Classification {
  return classifier([
    ...adapterRows,
    ...localRows,
    notConnectedRow,
    ...rows,
    ...networkRows,
    ...applicationRows,
  ]);
}
