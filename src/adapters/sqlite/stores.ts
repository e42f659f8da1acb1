import { join, parse } from "node:path";
import { createBottleneckSlots } from "../bottleneck-slots.ts";
import { damagedConsumer } from "../followed-consumers.ts";
import { nodeClock } from "../node-clock.ts";
import { createSqliteAccounts } from "./accounts.ts";
import { createSqliteCacheStore } from "./cache-store.ts";
import { createSqliteConsumers } from "./consumers.ts";
import { createSqliteLeases } from "./leases.ts";
import { createSqliteLedger } from "./ledger.ts";
import { createSqliteLessons } from "./lessons.ts";
import { machineClock } from "./machine-clock.ts";
import { openDatabase } from "./open.ts";
import type { Ledger } from "../../ports/ledger.ts";
import type { LessonStore } from "../../ports/lessons.ts";
import type { StoreSettings } from "../../ports/settings.ts";
import type { Stores, StoresOptions } from "../../ports/stores.ts";

/** The event loop stands still while a lock is awaited, so it is not awaited long. */
const BUSY_MS = 20;

/**
 * The embedded stores: ledger and consumers in `file`, stored responses and accounts in files of their own beside
 * it, so that nobody's commits disturb the others.
 */
export function openSqliteStores(
  { file, maxBytes, nearBytes }: StoreSettings,
  { onTrouble }: StoresOptions,
): Promise<Stores> {
  const { dir, name, ext } = parse(file);
  const ledgerFile = openDatabase(file, { busyMs: BUSY_MS });
  const cacheFile = openDatabase(join(dir, `${name}.cache${ext}`), { busyMs: BUSY_MS });
  const accountsFile = openDatabase(join(dir, `${name}.accounts${ext}`), { busyMs: BUSY_MS });
  const cache = createSqliteCacheStore({
    database: cacheFile,
    clock: nodeClock,
    boot: machineClock.boot,
    maxBytes,
    nearBytes,
    onDamaged: (key) => onTrouble(`A stored response was damaged and has been removed: ${key}`),
  });
  const leases = createSqliteLeases({
    database: cacheFile,
    machine: machineClock,
    clock: nodeClock,
  });
  const consumers = createSqliteConsumers({
    database: ledgerFile,
    clock: nodeClock,
    onDamaged: damagedConsumer(onTrouble),
  });
  const ledgers: Ledger[] = [];
  const followed: LessonStore[] = [];
  return Promise.resolve({
    kind: "embedded" as const,
    cache,
    leases,
    consumers,
    accounts: createSqliteAccounts({ database: accountsFile, clock: nodeClock }),
    ledger(terms) {
      const ledger = createSqliteLedger({ database: ledgerFile, terms, clock: machineClock });
      ledgers.push(ledger);
      return ledger;
    },
    lessons(upstream) {
      const lessons = createSqliteLessons(upstream, { database: ledgerFile, clock: nodeClock });
      followed.push(lessons);
      return lessons;
    },
    slots: ({ concurrency, forwardMs }) =>
      createBottleneckSlots({ concurrency, expirationMs: forwardMs }),
    async close() {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
      await Promise.all([leases, cache, consumers, ...followed].map((part) => part.close()));
      for (const database of [ledgerFile, cacheFile, accountsFile]) {
        if (database.isOpen) database.close();
      }
    },
  });
}
