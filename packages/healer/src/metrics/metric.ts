/**
 * Metrics in Prometheus' text format. A library for it (prom-client) holds 21 MB more of an idle process than this
 * file; see docs/design/metrics.md.
 */
export type Labels = Readonly<Record<string, string>>;

/** The values that a label can have. Fixed, so that every series is there from the start and their number is known. */
type LabelValues = Readonly<Record<string, readonly string[]>>;

interface Described {
  readonly name: string;
  /** A sentence without a full stop. */
  readonly help: string;
}

export interface Metric extends Described {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** Each without the metric's name: what follows it, and the value. */
  samples(): Iterable<readonly [suffix: string, labels: string, value: number]>;
}

/** The value of a label that has none of the values that were foreseen. */
const otherValue = 'other';

/** Only grows. */
export class Counter<Values extends LabelValues = Record<never, never>> implements Metric {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Written out once: one is counted at each report. */
  readonly #series = new Map<string, { readonly text: string; value: number }>();

  constructor({ name, help, labels }: Described & { readonly labels?: Values }) {
    this.name = name;
    this.help = help;
    this.labels = Object.keys(labels ?? {});
    for (const combination of combinationsOf(labels ?? {})) {
      this.#series.set(this.#keyOf(combination), { text: labelText(combination), value: 0 });
    }
  }

  add(labels: { readonly [Label in keyof Values]: Values[Label][number] }, by = 1): void {
    // Without a series for what was not foreseen it is not counted: the number of series must not grow.
    const series = this.#series.get(this.#keyOf(labels)) ?? this.#series.get(this.#keyOf({}));
    if (series !== undefined) series.value += by;
  }

  *samples() {
    for (const { text, value } of this.#series.values()) yield ['', text, value] as const;
  }

  #keyOf(labels: Labels): string {
    const [only] = this.labels;
    // Most have one, and need no list for it.
    if (this.labels.length === 1 && only !== undefined) return labels[only] ?? otherValue;
    return this.labels.map((name) => labels[name] ?? otherValue).join('\n');
  }
}

/** Read when it is asked for. */
export class Gauge implements Metric {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #read: () => number | readonly (readonly [Labels, number])[];

  /** `counts`: something else counts it, and it only grows. `read` gives one value, or one for each set of labels. */
  constructor(
    {
      name,
      help,
      labels = [],
      counts = false,
    }: Described & {
      readonly labels?: readonly string[];
      readonly counts?: boolean;
    },
    read: () => number | readonly (readonly [Labels, number])[],
  ) {
    this.type = counts ? 'counter' : 'gauge';
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.#read = read;
  }

  *samples() {
    const read = this.#read();
    if (typeof read === 'number') yield ['', '', read] as const;
    else for (const [labels, value] of read) yield ['', labelText(labels), value] as const;
  }
}

export class Histogram implements Metric {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels = [];
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor({ name, help, bounds }: Described & { readonly bounds: readonly number[] }) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#counts = [...bounds, Number.POSITIVE_INFINITY].map(() => 0);
  }

  observe(value: number): void {
    const index = this.#bounds.findIndex((bound) => value <= bound);
    const at = index === -1 ? this.#bounds.length : index;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  *samples() {
    let count = 0;
    for (const [index, own] of this.#counts.entries()) {
      count += own;
      const bound = this.#bounds[index];
      yield ['_bucket', `{le="${bound === undefined ? '+Inf' : bound}"}`, count] as const;
    }
    yield ['_sum', '', this.#sum] as const;
    yield ['_count', '', count] as const;
  }
}

export const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8';

export function exposition(metrics: readonly Metric[]): string {
  const lines: string[] = [];
  for (const metric of metrics) {
    const { name, help, type } = metric;
    lines.push(
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
    );
    for (const [suffix, labels, value] of metric.samples()) lines.push(`${name}${suffix}${labels} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function combinationsOf(labels: LabelValues): readonly Labels[] {
  return Object.entries(labels).reduce<readonly Labels[]>(
    (sofar, [name, values]) => sofar.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
}
