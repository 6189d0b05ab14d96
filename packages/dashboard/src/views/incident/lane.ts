/** How a stretch of a lane is drawn. */
export type Look =
  | 'sick'
  | 'part-sick'
  | 'well'
  | 'unknown'
  | 'silent'
  | 'untold'
  | 'suspected'
  | 'open'
  | 'asks'
  | 'held'
  | 'runs'
  | 'verifies';

export interface Span {
  readonly from: number;
  /** Null: it lasts. */
  readonly to: number | null;
  readonly look: Look;
  /** What it is, for a person; the entry that began it says so. */
  readonly text: string;
}

export type MarkLook = 'event' | 'good' | 'bad' | 'unsure' | 'refused';

export interface Mark {
  readonly at: number;
  readonly look: MarkLook;
  readonly text: string;
}

export interface Lane {
  readonly name: string;
  readonly spans: readonly Span[];
  readonly marks: readonly Mark[];
  /** What one instance saw, or those that the log only counts; left out of all other lanes. */
  readonly of?: 'instance' | 'others';
}
