const statusClasses = ['2xx', '3xx', '4xx', '5xx'] as const;

/** Routes that there are not, and the page's files. */
const otherRoute = 'other';

/** Requests that were answered, over all servers of this healer, by route and class of status. */
export class RequestCounts {
  readonly #counts = new Map<string, number[]>();
  readonly #held: (() => number)[] = [];

  constructor() {
    this.addRoute(otherRoute);
  }

  /** From then on it is shown, with zeros. */
  addRoute(route: string): void {
    if (!this.#counts.has(route))
      this.#counts.set(
        route,
        statusClasses.map(() => 0),
      );
  }

  add(route: string | undefined, status: number): void {
    const counts = this.#counts.get(route ?? otherRoute) ?? this.#counts.get(otherRoute);
    const index = Math.floor(status / 100) - 2;
    if (counts?.[index] !== undefined) counts[index] += 1;
  }

  /** Of one server: how many long polls and streams are open. */
  addHeld(count: () => number): void {
    this.#held.push(count);
  }

  held(): number {
    return this.#held.reduce((sum, count) => sum + count(), 0);
  }

  *counts(): Iterable<readonly [route: string, status: string, count: number]> {
    for (const [route, counts] of this.#counts) {
      for (const [index, status] of statusClasses.entries()) yield [route, status, counts[index] ?? 0];
    }
  }
}
