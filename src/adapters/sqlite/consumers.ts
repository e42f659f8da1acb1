import type { DatabaseSync } from "node:sqlite";
import { FollowedConsumers, type ConsumerTable } from "../followed-consumers.ts";
import { createTables } from "./open.ts";
import { attempt, transact } from "./transact.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ConsumerStore, Gate } from "../../ports/consumers.ts";

/*
 * Consumers in a file. Its version is looked at without a lock, so that nobody is delayed; it counts as more than
 * `PRAGMA data_version`, which changes with every turn of the ledger in the same file.
 */

/** How long a change may take to be seen by another process, in milliseconds. */
const LOOK_MS = 250;

/** What consumers are kept with; the connection stays the caller's to close. */
export interface SqliteConsumersOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly onDamaged: (name: string) => void;
}

/** Consumers for all processes that open the same file. @throws StoreFault where the tables cannot be made. */
export function createSqliteConsumers(options: SqliteConsumersOptions): ConsumerStore {
  const { database, clock, onDamaged } = options;
  createTables(database, SCHEMA);
  return new FollowedConsumers({ table: createTable(database), clock, lookMs: LOOK_MS, onDamaged });
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS consumers (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS consumer_list (
    one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, gate TEXT NOT NULL);
  INSERT OR IGNORE INTO consumer_list VALUES (1, 0, 'never');`;

/** One list and its records are read in one statement, and so at one moment. */
const READ = `SELECT version, gate, name, record FROM consumer_list LEFT JOIN consumers ON true`;

function createTable(database: DatabaseSync): ConsumerTable {
  const look = database.prepare("SELECT version FROM consumer_list");
  const read = database.prepare(READ);
  const put = database.prepare("INSERT OR REPLACE INTO consumers VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM consumers WHERE name = ?");
  const turn = database.prepare("UPDATE consumer_list SET version = version + 1, gate = ?");
  const version = (): number => Number(attempt(() => look.get())?.["version"]);
  return {
    version: async () => version(),
    async read() {
      const rows = attempt(() => read.all());
      const [first] = rows;
      return {
        version: Number(first?.["version"] ?? 0),
        gate: gateOf(first?.["gate"]),
        records: rows.flatMap(({ name, record }) =>
          typeof name === "string" ? [[name, String(record)] as const] : [],
        ),
      };
    },
    async write({ gate, name, text }, expected) {
      return transact(database, () => {
        if (version() !== expected) return false;
        if (text === undefined) remove.run(name);
        else put.run(name, text);
        turn.run(gate);
        return true;
      });
    },
    // A file forgets nothing while processes that know more are alive.
    restore: () => Promise.resolve(),
  };
}

/** What is not understood keeps strangers out. */
function gateOf(value: unknown): Gate {
  return value === "opened" || value === "never" ? value : "closed";
}
