/** What bounds the fleet as a whole. Every value is an option of the configuration. */
export interface FleetSettings {
  /** Attempts that repair or disrupt at one moment, over all resources. Default 3. */
  readonly concurrency: number;
  /** Failure domains in which something is disrupted at one moment. Default 1. */
  readonly disruptedDomains: number;
  readonly storm: {
    /** Incidents opened within `withinMs`. Default 5 in 5 min. */
    readonly incidents: number;
    readonly withinMs: number;
    /** Or this share of the resources with an open incident, but at least so many. Default 20 %, 3. */
    readonly share: number;
    readonly leastResources: number;
  };
  readonly isolation: {
    /** Independent resources whose probes began to fail, or whose observers fell silent, within `withinMs`. */
    readonly withinMs: number;
    /** This share of all resources, but at least so many. Default half of them, 3, within 60 s. */
    readonly share: number;
    readonly leastResources: number;
  };
}

export const defaultFleetSettings: FleetSettings = {
  concurrency: 3,
  disruptedDomains: 1,
  storm: { incidents: 5, withinMs: 300_000, share: 0.2, leastResources: 3 },
  isolation: { withinMs: 60_000, share: 0.5, leastResources: 3 },
};
