import {
  BucketNames,
  bucketsOf,
  cellName,
  readCellName,
  sumOf,
} from "../../src/observe/account-buckets.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import type {
  AccountBatch,
  AccountCell,
  AccountCounts,
  AccountQuery,
  Accounts,
} from "../../src/ports/accounts.ts";

/** Accounts in memory, for as many processes as share the object. */
export class MemoryAccounts implements Accounts {
  /** `before`: a batch does not arrive. `after`: it does, and the reply is lost. */
  failing: "no" | "before" | "after" = "no";
  /** All batches that were handed in, in order. */
  readonly batches: AccountBatch[] = [];
  readonly #now: () => number;
  readonly #last = new Map<string, number>();
  readonly #buckets = new Map<string, { endsAt: number; cells: Map<string, AccountCounts> }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  async add(batch: AccountBatch): Promise<void> {
    this.batches.push(batch);
    if (this.failing === "before") throw new StoreFault("the test's store does not answer");
    const { upstream, process, sequence, cells } = batch;
    const writer = `${upstream} ${process}`;
    if ((this.#last.get(writer) ?? 0) < sequence) {
      this.#last.set(writer, sequence);
      this.#add(upstream, cells);
    }
    if (this.failing === "after") throw new StoreFault("the test's reply was lost");
  }

  #add(upstream: string, added: readonly AccountCell[]): void {
    for (const { span, at, endsAt, cells } of bucketsOf(added, this.#now())) {
      const key = `${upstream} ${span} ${at}`;
      const bucket = this.#buckets.get(key) ?? { endsAt, cells: new Map<string, AccountCounts>() };
      this.#buckets.set(key, bucket);
      for (const cell of cells) {
        const names = new BucketNames([...bucket.cells.keys()]);
        const name = bucket.cells.has(cellName(cell)) ? cellName(cell) : names.place(cell);
        bucket.cells.set(name, sumOf(bucket.cells.get(name) ?? {}, cell.counts));
      }
    }
  }

  async *read({ upstream, span, from, to }: AccountQuery): AsyncGenerator<AccountCell[]> {
    if (this.failing === "before") throw new StoreFault("the test's store does not answer");
    for (const [key, { endsAt, cells }] of this.#buckets) {
      const [of, kind, start] = key.split(" ");
      const at = Number(start);
      if (of !== upstream || kind !== span || at < from || at >= to || endsAt <= this.#now())
        continue;
      yield [...cells].map(([name, counts]) => ({ at, ...readCellName(name), counts }));
    }
  }
}
