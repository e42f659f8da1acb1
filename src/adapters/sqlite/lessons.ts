import type { DatabaseSync } from "node:sqlite";
import { FollowedLessons } from "../followed-lessons.ts";
import { createTables } from "./open.ts";
import { attempt, transact } from "./transact.ts";
import type { Clock } from "../../ports/clock.ts";
import type { KeptLessons, LessonStore } from "../../ports/lessons.ts";

/** How long a change may take to be seen by another process, in milliseconds. */
const LOOK_MS = 250;

/** What lessons are kept with; the connection stays the caller's to close. */
export interface SqliteLessonsOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lessons (
    upstream TEXT PRIMARY KEY, version INTEGER NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;`;

/** One upstream's lessons for all processes that open the same file. @throws StoreFault where there can be no table. */
export function createSqliteLessons(
  upstream: string,
  { database, clock }: SqliteLessonsOptions,
): LessonStore {
  createTables(database, SCHEMA);
  const select = database.prepare("SELECT version, text FROM lessons WHERE upstream = ?");
  const put = database.prepare("INSERT OR REPLACE INTO lessons VALUES (?, ?, ?)");
  const read = (): KeptLessons => {
    const row = attempt(() => select.get(upstream));
    return { version: Number(row?.["version"] ?? 0), text: String(row?.["text"] ?? "") };
  };
  const table = {
    read: async () => read(),
    async write({ version, text }: KeptLessons, { least, most }: { least: number; most: number }) {
      return transact(database, () => {
        const known = read().version;
        if (known < least || known > most) return false;
        put.run(upstream, version, text);
        return true;
      });
    },
  };
  return new FollowedLessons({ table, clock, lookMs: LOOK_MS });
}
