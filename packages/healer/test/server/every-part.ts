import { DrillDesk } from '../../src/drills/drill-desk.ts';
import { RequestCounts } from '../../src/metrics/request-counts.ts';
import { createOutgoing } from '../../src/outgoing/outgoing.ts';
import type { ServerOptions } from '../../src/server/create-server.ts';
import { SourceCounts } from '../../src/sources/source-counts.ts';
import { SourceDesk } from '../../src/sources/source-desk.ts';

/** What a server may have or not, so that each of its routes is there. */
export function everyPart() {
  return {
    backends: [],
    notifications: () => null,
    drills: new DrillDesk(() => ({}), createOutgoing, {}),
    monitors: () => [],
    reload: async () => {},
    sources: new SourceDesk({}, new SourceCounts()),
    figures: {
      requests: new RequestCounts(),
      text: async () => 'prunella_ready 1\n',
      isOpen: false,
      malformedReport: () => {},
    },
  } satisfies Partial<ServerOptions>;
}
