import { defaultFleetSettings, durationText, type FleetSettings, shareText } from '@prunella/core';
import { z } from 'zod';

const { concurrency, disruptedDomains, storm, isolation } = defaultFleetSettings;

/** What bounds all resources together. */
export function fleetConfiguration() {
  const count = () => z.int().min(1).max(100_000);
  return z
    .strictObject({
      concurrency: count()
        .prefault(concurrency)
        .describe('Attempts that do more than restore, at one moment, over all resources.'),
      disruptedDomains: count()
        .prefault(disruptedDomains)
        .describe('Failure domains in which something is disrupted at one moment.'),
      storm: z
        .strictObject({
          incidents: count().prefault(storm.incidents).describe('Incidents opened within `within`.'),
          within: durationText({ leastMs: 1_000 })
            .prefault('5m')
            .describe('The time that they are counted in.'),
          share: shareText()
            .prefault(storm.share)
            .describe('Or this share of the declared resources with an open incident: 0.2 or 20%.'),
          leastResources: count().prefault(storm.leastResources).describe('But at least so many.'),
        })
        .prefault({})
        .describe('When so many incidents have one cause that nothing but what restores runs.'),
      isolation: z
        .strictObject({
          within: durationText({ leastMs: 1_000 })
            .prefault('60s')
            .describe(
              'Independent resources whose probes began to fail, or whose observers fell silent, in this time.',
            ),
          share: shareText()
            .prefault(isolation.share)
            .describe('Share of the declared resources: 0.5 or 50%.'),
          leastResources: count().prefault(isolation.leastResources).describe('But at least so many.'),
        })
        .prefault({})
        .describe('When the healer rather takes itself for cut off.'),
    })
    .transform(toSettings);
}

function toSettings(fleet: {
  readonly concurrency: number;
  readonly disruptedDomains: number;
  readonly storm: {
    readonly incidents: number;
    readonly within: number;
    readonly share: number;
    readonly leastResources: number;
  };
  readonly isolation: { readonly within: number; readonly share: number; readonly leastResources: number };
}): FleetSettings {
  const { within: stormWithinMs, ...ofStorm } = fleet.storm;
  const { within: isolationWithinMs, ...ofIsolation } = fleet.isolation;
  return {
    concurrency: fleet.concurrency,
    disruptedDomains: fleet.disruptedDomains,
    storm: { ...ofStorm, withinMs: stormWithinMs },
    isolation: { ...ofIsolation, withinMs: isolationWithinMs },
  };
}
