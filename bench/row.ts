/** What a figure must keep to. `value` has the unit of its row. */
export interface Bar {
  readonly rule: 'at most' | 'below' | 'at least';
  readonly value: number;
  /** Where the value comes from, such as "a tenth of the peer". */
  readonly from: string;
}

/** One figure beside its peer and its bar. */
export interface Row {
  readonly figure: string;
  readonly ours: number;
  /** Null where nothing comparable exists. */
  readonly peer: number | null;
  /** What `peer` is the figure of; `none` where there is none. */
  readonly peerName: string;
  /** Null where the figure is only reported. */
  readonly bar: Bar | null;
  readonly unit: string;
  readonly met: boolean;
}

/** A row whose bar has been applied. A figure that is no number has not met any bar. */
export function judged(row: Omit<Row, 'met'>): Row {
  return { ...row, met: row.bar === null ? Number.isFinite(row.ours) : meets(row.ours, row.bar) };
}

function meets(ours: number, { rule, value }: Bar): boolean {
  if (rule === 'at most') return ours <= value;
  return rule === 'below' ? ours < value : ours >= value;
}
