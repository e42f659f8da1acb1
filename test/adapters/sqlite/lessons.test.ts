import { expect, it } from "vitest";
import { createSqliteLessons } from "../../../src/adapters/sqlite/lessons.ts";
import { openDatabase } from "../../../src/adapters/sqlite/open.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { FakeClock } from "../../support/fake-clock.ts";

it("createSqliteLessons() faults where its file is gone", async () => {
  const database = openDatabase(":memory:", { busyMs: 10 });
  const store = createSqliteLessons("api", { database, clock: new FakeClock() });
  await store.change("a", 0);
  database.close();
  await expect(store.read()).rejects.toBeInstanceOf(StoreFault);
  await expect(store.change("b", 1)).rejects.toBeInstanceOf(StoreFault);
  expect(store.known.text).toBe("a");
});
