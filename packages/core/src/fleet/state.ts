/** Permits, locks, budgets, kill switch; serialisable as JSON. Opaque to the engine. */
export interface FleetState {
  readonly version: 1;
}
