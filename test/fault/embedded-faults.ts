import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { over, type Fault } from "./fault.ts";
import type { EmbeddedWorld } from "./stores.ts";
import type { World } from "./world.ts";

/*
 * What happens to the files of the embedded store.
 */

const run = promisify(execFile);
const FILES = {
  on: ["embedded"],
  holdMs: 2000,
  afterMs: 4000,
  problems: ["store-unavailable"],
} as const;

const ledgerLocked = locked("ledger's file locked by somebody else", ({ file }) => file);
const cacheLocked = locked("cache's file locked by somebody else", ({ cacheFile }) => cacheFile);

function locked(name: string, fileOf: (store: EmbeddedWorld) => string): Fault {
  return {
    ...FILES,
    name,
    async begin(world) {
      const database = new DatabaseSync(fileOf(embeddedOf(world)), { timeout: 2000 });
      database.exec("BEGIN IMMEDIATE");
      return async () => {
        database.exec("ROLLBACK");
        database.close();
      };
    },
  };
}

/** A bound on the size of files, as where a disk or a share of it is full. */
const full: Fault = {
  ...FILES,
  name: "disk full (files can grow no further)",
  async begin({ instances }) {
    const all = [...instances];
    await Promise.all(all.map(({ process }) => limit(process.child.pid, "1024:unlimited")));
    return async () => {
      await Promise.all(
        all.map(({ process }) => limit(process.child.pid, "unlimited:unlimited").catch(() => {})),
      );
    };
  },
};

async function limit(pid: number | undefined, bytes: string): Promise<void> {
  await run("prlimit", ["--pid", String(pid), `--fsize=${bytes}`]);
}

const corrupt: Fault = {
  ...FILES,
  name: "stored records corrupted",
  holdMs: 0,
  problems: [],
  async begin(world) {
    const database = new DatabaseSync(embeddedOf(world).cacheFile, { timeout: 2000 });
    database.prepare("UPDATE responses SET record = ?").run(randomBytes(200));
    database.close();
    return over;
  },
};

function embeddedOf({ store }: World): EmbeddedWorld {
  if (store.kind !== "embedded") throw new Error("This fault is for the embedded store.");
  return store;
}

/** Faults of the embedded store's files. */
export const EMBEDDED_FAULTS: readonly Fault[] = [ledgerLocked, cacheLocked, full, corrupt];
