/** The whole of a resource's machine, serialisable as JSON. Opaque to the engine. */
export interface ResourceState {
  readonly version: 1;
  readonly resource: string;
}
