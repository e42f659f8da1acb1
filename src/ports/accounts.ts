/**
 * The accounts of an installation: counts added up over all its processes, by minute and by hour, consumer and route.
 * Minutes are kept for two days and hours for thirty, in bounded space.
 */
export interface Accounts {
  /**
   * Adds a batch wholly, and once, however often it is handed in.
   * @throws StoreFault: nobody knows whether it was added; hand in the same again before any other of this upstream.
   */
  add(batch: AccountBatch): Promise<void>;
  /**
   * What was counted in whole minutes or hours, in parts and in no particular order.
   * @throws StoreFault
   */
  read(query: AccountQuery): AsyncIterable<readonly AccountCell[]>;
}

/** How time is divided. */
export type AccountSpan = "minute" | "hour";

/** Counts by name. Names are short (`[\w.-]`), counts whole; a negative one takes back. */
export type AccountCounts = Readonly<Record<string, number>>;

/** What one consumer did on one route in one minute, or hour. */
export interface AccountCell {
  /** When the minute or hour began, in epoch milliseconds. */
  readonly at: number;
  readonly consumer: string;
  readonly route: string;
  readonly counts: AccountCounts;
}

/** What one process has to add for one upstream. */
export interface AccountBatch {
  readonly upstream: string;
  readonly process: string;
  /** Counts up by one with each further batch of this process and upstream. */
  readonly sequence: number;
  /** Of minutes. */
  readonly cells: readonly AccountCell[];
}

/** Which minutes or hours of one upstream are read. */
export interface AccountQuery {
  readonly upstream: string;
  readonly span: AccountSpan;
  /** Beginning of the first, in epoch milliseconds. */
  readonly from: number;
  /** End of the last. */
  readonly to: number;
}
