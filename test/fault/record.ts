/*
 * What a campaign of faults leaves behind. All instants are of the fleet's monotonic clock, in milliseconds, but
 * for those of arrivals, which are the simulator's.
 */

/** What the body of an answer says that it is. */
export interface Told {
  /** `ticket` or `invoice`, the first segment of its path. */
  readonly kind: string;
  readonly id: number;
  /** Of a ticket: the number of the write that it shows; 0 where nobody wrote yet. */
  readonly version: number;
}

/** How one exchange ended for its client. */
export type Ending =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Absent where the body is not one of the application's. */
      readonly told?: Told;
      readonly fromStore: boolean;
      /** Marked as given while the store was away. */
      readonly away: boolean;
    }
  | {
      readonly kind: "problem";
      readonly status: number;
      readonly type: string;
      /** What is wrong with the document itself. */
      readonly flaw?: string;
    }
  /** The connection broke, or nothing came before the client gave up. */
  | { readonly kind: "broken"; readonly how: string; readonly unanswered?: boolean }
  /** No instance took it. */
  | { readonly kind: "untaken" };

/** One exchange as its client saw it. */
export interface Tried {
  readonly method: "GET" | "PUT";
  readonly path: string;
  /** Of a write: its number, which no other has; those of one path ascend. */
  readonly version?: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** The process that took it. */
  readonly instance: number;
  readonly ending: Ending;
}

/** What a fault explains while it lasts, and for a while after. */
export interface Excuse {
  /** Problem types that tell the truth then. */
  readonly problems: readonly string[];
  /** Answers may break off, because the upstream's do. */
  readonly breaks: boolean;
  /** The upstream itself answers with failures or with bodies that are not the application's. */
  readonly odd: boolean;
  /** Answers may not come in time, since the machine does not let processes run. */
  readonly slow?: boolean;
  readonly from: number;
  readonly to: number;
}

/** A time of which one row tells: faults begin, last, end, and all comes to rest. */
export interface Round {
  readonly faults: readonly string[];
  readonly beganAt: number;
  /** When the last fault ended. */
  readonly endedAt: number;
  /** When the next round begins. */
  readonly overAt: number;
  readonly excuses: readonly Excuse[];
  /** Which arrivals at the simulator fell into it: from the first to before the second. */
  readonly arrivals: readonly [number, number];
  /** Requests that came when the simulator's window was full. */
  readonly violations: number;
}

/** A request as the simulator saw it. */
export interface Arrived {
  readonly atMs: number;
  readonly method: string;
  /** 429 where it was refused, 0 where it was cut. */
  readonly status: number;
  /** Of a write: its number. */
  readonly version?: number;
}

/** All of a campaign. */
export interface Campaign {
  readonly windowMs: number;
  readonly tried: readonly Tried[];
  readonly rounds: readonly Round[];
  readonly arrived: readonly Arrived[];
  /** What was said by processes that ended by themselves. */
  readonly crashes: readonly string[];
  /** When processes were killed, by their number. */
  readonly killed: ReadonlyMap<number, number>;
}
