import { recordOfHit, type AccessRecord, type HitRecord } from "./access-record.ts";

/** Records kept; of more the oldest go. */
export const MOST_RECENT = 1000;

/** Longer paths and notes are cut, so that a thousand records stay small. */
const LONGEST = 512;

/** An exchange of the recent past. */
export interface RecentRecord extends AccessRecord {
  /** Epoch milliseconds. */
  readonly endedAt: number;
}

/** A hit is written out when somebody asks: hardly ever. */
interface RecentHit {
  readonly hit: HitRecord;
  readonly endedAt: number;
}

/** This process's last access records, so that an operator can ask why a request waited. */
export class RecentRecords {
  readonly #records: (RecentRecord | RecentHit)[] = [];
  #next = 0;

  /** An exchange ended at `endedAt`, epoch milliseconds. */
  add(record: AccessRecord, endedAt: number): void {
    this.#keep(shortened(record, endedAt));
  }

  /** A request was answered from store at `endedAt`, epoch milliseconds. */
  addHit(hit: HitRecord, endedAt: number): void {
    this.#keep({ hit, endedAt });
  }

  /** Those with this id, the latest first: clients may choose ids, and repeat them. */
  find(requestId: string): readonly RecentRecord[] {
    const latestFirst = [
      ...this.#records.slice(this.#next),
      ...this.#records.slice(0, this.#next),
    ].toReversed();
    return latestFirst
      .filter((recent) => idOf(recent) === requestId)
      .map((recent) =>
        "hit" in recent ? shortened(recordOfHit(recent.hit), recent.endedAt) : recent,
      );
  }

  #keep(recent: RecentRecord | RecentHit): void {
    this.#records[this.#next] = recent;
    this.#next = (this.#next + 1) % MOST_RECENT;
  }
}

function idOf(recent: RecentRecord | RecentHit): string {
  return "hit" in recent ? recent.hit.requestId : recent.requestId;
}

function shortened(record: AccessRecord, endedAt: number): RecentRecord {
  const { path, note } = record;
  return { ...record, path: cut(path), note: cut(note), endedAt };
}

function cut(text: string | undefined): string | undefined {
  return text !== undefined && text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
