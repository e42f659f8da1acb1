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
  readonly #name: string;

  /** Not yet registered. */
  constructor(
    definition: Pick<HistogramConfiguration<"upstream">, "name" | "help">,
    bounds: number[],
  ) {
    super({ ...definition, labelNames: ["upstream"], buckets: bounds, registers: [] });
    this.#bounds = bounds;
    this.#name = definition.name;
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
      .flatMap(([upstream, row]) => this.#told(upstream, row));
    return { ...(await super.get()), values };
  }

  /** What the registry asks for when it writes text. */
  getForPromString(): Promise<Told> {
    return this.get();
  }

  #told(upstream: string, { buckets, sum, count }: Row): Told["values"] {
    const name = this.#name;
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
