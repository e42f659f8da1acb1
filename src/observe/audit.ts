import type { Logger } from "pino";
import type { Clock } from "../ports/clock.ts";

/** What can be done to consumers. */
export type ConsumerAction =
  | "create-consumer"
  | "rotate-key"
  | "change-consumer"
  | "remove-consumer"
  | "open-gateway";

/** One order that an operator gave on the admin port, and what became of it. */
export interface AuditEntry {
  /** `loopback`, or the beginning of the token's digest: enough to tell tokens apart, and no secret. */
  readonly who: string;
  /** The peer's network address, `""` where it is not known. */
  readonly address: string;
  readonly action: "purge" | "warm" | "pause" | "resume" | "reload" | ConsumerAction;
  /** The order as it was understood. */
  readonly order: Readonly<Record<string, unknown>>;
  readonly result: "done" | "accepted" | "refused" | "store-unavailable" | "failed";
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Entries that are kept in memory; the log has them all. */
const MOST_KEPT = 100;

/** What an audit is kept with. */
export interface AuditParts {
  readonly log: Pick<Logger, "info">;
  readonly clock: Pick<Clock, "now">;
  /** Told of each entry. */
  readonly onEntry?: (entry: AuditEntry) => void;
}

/** Tells of each order in one log line, and remembers the last hundred. */
export class Audit {
  readonly #parts: AuditParts;
  readonly #entries: AuditEntry[] = [];

  constructor(parts: AuditParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  get entries(): readonly AuditEntry[] {
    return this.#entries.toReversed();
  }

  add(entry: Omit<AuditEntry, "at">): void {
    const { log, clock } = this.#parts;
    const audit = { ...entry, at: new Date(clock.now()).toISOString() };
    log.info({ audit }, "admin order");
    this.#parts.onEntry?.(audit);
    this.#entries.push(audit);
    if (this.#entries.length > MOST_KEPT) this.#entries.shift();
  }
}
