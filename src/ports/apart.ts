/** A process that goes by its own part of each quota, while the store that keeps them is away. */
export interface Apart {
  /** Among how many the quotas are divided. */
  readonly processes: number;
}

/** Why a ticket was not let into the line; `apart`: the store is away, and this process's own part never holds it. */
export type Refusal = "queue-full" | "cost" | "apart";
