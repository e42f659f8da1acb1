import { describe, expect, it } from "vitest";
import { StoreFault } from "../../src/ports/faults.ts";
import { Purging, purgeNames, type PurgeOrder } from "../../src/store/purge.ts";

const BUILDERS = {
  pathName: (upstream: string, path: string) => `${upstream} path ${path}`,
  prefixName: (upstream: string, prefix: string) => `${upstream} prefix ${prefix}`,
  groupName: (upstream: string, group: string) => `${upstream} group ${group}`,
};

const ORDERS: { order: PurgeOrder; name: string }[] = [
  { order: { upstream: "api", by: "url", path: "/ticket/5" }, name: "api path /ticket/5" },
  { order: { upstream: "api", by: "prefix", prefix: "/ticket" }, name: "api prefix /ticket" },
  { order: { upstream: "api", by: "group", group: "tickets" }, name: "api group tickets" },
  { order: { upstream: "api", by: "everything" }, name: "api prefix /" },
];

describe("purgeNames()", () => {
  it.each(ORDERS)("gives $order.by the name $name", ({ order, name }) => {
    expect(purgeNames(order, BUILDERS)).toEqual([name]);
  });
});

describe("Purging", () => {
  it("gives the names new generations of the kind that was ordered, and counts by kind", async () => {
    const bumps: unknown[] = [];
    const purging = new Purging(
      { bump: async (names, kind) => void bumps.push([...names, kind]) },
      BUILDERS,
    );
    for (const { order } of ORDERS) expect(await purging.purge(order, "hard")).toBe(true);
    await purging.purge({ upstream: "api", by: "group", group: "a" }, "soft");
    expect(bumps).toEqual([
      ["api path /ticket/5", "hard"],
      ["api prefix /ticket", "hard"],
      ["api group tickets", "hard"],
      ["api prefix /", "hard"],
      ["api group a", "soft"],
    ]);
    expect(purging.counts).toEqual({
      hard: { url: 1, prefix: 1, group: 1, everything: 1 },
      soft: { url: 0, prefix: 0, group: 1, everything: 0 },
    });
  });

  it("says that it is not done, and does not count it, where the store is out of reach", async () => {
    const away = { bump: () => Promise.reject(new StoreFault("gone")) };
    const purging = new Purging(away, BUILDERS);
    expect(await purging.purge({ upstream: "api", by: "everything" }, "hard")).toBe(false);
    expect(purging.counts.hard.everything).toBe(0);
  });

  it("passes on what is not the store's own fault", async () => {
    const broken = { bump: () => Promise.reject(new TypeError("a defect")) };
    const purging = new Purging(broken, BUILDERS);
    const order = { upstream: "api", by: "everything" } as const;
    await expect(purging.purge(order, "hard")).rejects.toThrow("a defect");
  });
});
