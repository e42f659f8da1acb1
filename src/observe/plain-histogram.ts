import { Histogram, type HistogramConfiguration } from "prom-client";

/*
 * A histogram by upstream whose observations are plain numbers in a row of buckets, made out as metrics when somebody
 * scrapes: prom-client's own checks its labels and looks their values up by name at each observation, which every
 * answer from store would pay twice.
 */

/** What one upstream has shown. */
class Row {
  readonly buckets: number[];
  readonly #bounds: readonly number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.buckets = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count += 1;
    const index = this.#bounds.findIndex((bound) => value <= bound);
    if (index !== -1) this.buckets[index] = (this.buckets[index] ?? 0) + 1;
  }
}

type Told = Awaited<ReturnType<Histogram<"upstream" | "le">["get"]>>;

/** A histogram whose one label is the upstream. */
export class PlainHistogram extends Histogram<"upstream" | "le"> {
  readonly #rows = new Map<string, Row>();
  readonly #bounds: readonly number[];
  readonly #definition: Pick<HistogramConfiguration<"upstream">, "name">;
  /** An empty one, which knows how a histogram is introduced. */
  readonly #empty: Histogram<"upstream" | "le">;

  /** Not yet registered. */
  constructor(
    definition: Pick<HistogramConfiguration<"upstream">, "name" | "help">,
    bounds: number[],
  ) {
    const own = { ...definition, labelNames: ["upstream"] as const, buckets: bounds };
    super({ ...own, registers: [] });
    this.#empty = new Histogram({ ...own, registers: [] });
    this.#bounds = bounds;
    this.#definition = definition;
  }

  /** Where what is seen of an upstream goes. One of which nothing was seen yet is not told of. */
  of(upstream: string): Pick<Row, "observe"> {
    const row = this.#rows.get(upstream) ?? new Row(this.#bounds);
    this.#rows.set(upstream, row);
    return row;
  }

  override async get(): Promise<Told> {
    const values = [...this.#rows]
      .filter(([, { count }]) => count > 0)
      .flatMap(([upstream, row]) => this.#valuesOf(upstream, row));
    return { ...(await this.#empty.get()), values };
  }

  /** What the registry asks for when it writes text. */
  getForPromString(): Promise<Told> {
    return this.get();
  }

  #valuesOf(upstream: string, { buckets, sum, count }: Row): Told["values"] {
    const { name } = this.#definition;
    const metricName = `${name}_bucket`;
    let below = 0;
    const upTo = this.#bounds.map((le, index) => {
      below += buckets[index] ?? 0;
      return { labels: { le, upstream }, value: below, metricName };
    });
    return [
      ...upTo,
      { labels: { le: "+Inf", upstream }, value: count, metricName },
      { labels: { upstream }, value: sum, metricName: `${name}_sum` },
      { labels: { upstream }, value: count, metricName: `${name}_count` },
    ];
  }
}
