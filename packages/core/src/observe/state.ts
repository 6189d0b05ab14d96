/** Who was heard of, when, with what. Opaque to the engine. */
export interface ObserveState {
  readonly version: 1;
}
