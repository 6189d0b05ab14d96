/** What can become of something that a source was told. Their sum is all that could be read. */
const sourceFates = ['taken', 'duplicate', 'ignored', 'unmapped', 'refused'] as const;

export type SourceFate = (typeof sourceFates)[number];

export type FateCounts = Readonly<Record<SourceFate, number>>;

export const noFates: FateCounts = { taken: 0, duplicate: 0, ignored: 0, unmapped: 0, refused: 0 };

/** By source, since the healer's start. A source that was removed by a reload keeps its counts. */
export class SourceCounts {
  readonly #counts = new Map<string, Record<SourceFate, number>>();

  /** Makes it be there with zeros. */
  declare(source: string): void {
    if (!this.#counts.has(source)) this.#counts.set(source, { ...noFates });
  }

  count(source: string, fate: SourceFate, by = 1): void {
    this.declare(source);
    const counts = this.#counts.get(source);
    if (counts !== undefined) counts[fate] += by;
  }

  read(): ReadonlyMap<string, FateCounts> {
    return new Map([...this.#counts].map(([source, counts]) => [source, { ...counts }]));
  }
}
