import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSqliteStores } from "../../../src/adapters/sqlite/stores.ts";
import { terms } from "../../support/ledger-world.ts";

const HELLO = { waiting: [], departed: [], peers: [] };
const NOTHING = { joins: [], leaves: [], ended: [], returned: [] };

describe("openSqliteStores()", () => {
  it("keeps the ledger, what is stored and the accounts in files of their own, and closes them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-stores-"));
    const file = join(folder, "deep", "sluice.db");
    const bounds = { maxBytes: 1_000_000, nearBytes: 100_000, onLoss: "closed" } as const;
    const settings = { redis: "", file, prefix: "", ...bounds };
    const stores = await openSqliteStores(settings, { onTrouble: () => {} });
    const ledger = stores.ledger(terms());
    const turn = ledger.turn({ process: "p", sequence: 1, ...NOTHING, everything: HELLO });
    expect(await turn).toMatchObject({ granted: [], askEverything: false });
    expect(await stores.cache.read("key", ["name"])).toMatchObject({
      variants: [],
      generations: [{ name: "name", soft: "", pending: false }],
    });
    const lease = await stores.leases.take("key");
    expect([lease !== undefined, await stores.leases.take("key")]).toEqual([true, undefined]);
    const query = { upstream: "api", span: "hour", from: 0, to: 1 } as const;
    for await (const _ of stores.accounts.read(query)) expect.unreachable();
    const beside = ["sluice.cache.db", "sluice.accounts.db"].map((name) =>
      join(folder, "deep", name),
    );
    expect([file, ...beside].map((one) => existsSync(one))).toEqual([true, true, true]);
    await stores.close();
    // Closed files are whole: SQLite has folded its log into them.
    expect(existsSync(`${file}-wal`)).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
