/**
 * Lets a target refuse an order that was overtaken. Fences of one authority are ordered by generation, then
 * number; those of different authorities are not comparable, and a target obeys one authority.
 */
export interface Fence {
  /** Id of the installation. */
  readonly authority: string;
  /** Creation or restore time of the healer's store, in ms since the Unix epoch. */
  readonly generation: number;
  /** Grows with every attempt of the installation. */
  readonly number: number;
}

/** Negative where `left` is older, positive where it is newer, 0 where equal. Same authority only. */
export function compareFences(left: Fence, right: Fence): number {
  if (left.authority !== right.authority) {
    throw new RangeError(
      `fences of two authorities cannot be compared: ${left.authority} and ${right.authority}`,
    );
  }
  return left.generation - right.generation || left.number - right.number;
}
