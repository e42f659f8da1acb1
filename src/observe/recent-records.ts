import type { AccessRecord } from "./access-record.ts";

/** Records kept; of more the oldest go. */
export const MOST_RECENT = 1000;

/** Longer paths and notes are cut, so that a thousand records stay small. */
const LONGEST = 512;

/** An exchange of the recent past. */
export interface RecentRecord extends AccessRecord {
  /** Epoch milliseconds. */
  readonly endedAt: number;
}

/** This process's last access records, so that an operator can ask why a request waited. */
export class RecentRecords {
  readonly #records: RecentRecord[] = [];
  #next = 0;

  /** An exchange ended at `endedAt`, epoch milliseconds. */
  add(record: AccessRecord, endedAt: number): void {
    const { path, note } = record;
    this.#records[this.#next] = { ...record, path: cut(path), note: cut(note), endedAt };
    this.#next = (this.#next + 1) % MOST_RECENT;
  }

  /** Those with this id, the latest first: clients may choose ids, and repeat them. */
  find(requestId: string): readonly RecentRecord[] {
    const latestFirst = [
      ...this.#records.slice(this.#next),
      ...this.#records.slice(0, this.#next),
    ].toReversed();
    return latestFirst.filter((record) => record.requestId === requestId);
  }
}

function cut(text: string | undefined): string | undefined {
  return text !== undefined && text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
