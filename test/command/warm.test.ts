import { describe, expect, it } from "vitest";
import { sluice } from "../support/command-line.ts";
import { startWorld } from "../support/gateway.ts";

describe("warm", () => {
  it("stores a list and tells how it went", async () => {
    await using world = await startWorld();
    const admin = ["--admin", world.gateway.adminUrl];
    const told = await sluice(["warm", "/ticket/1", "/ticket/2", "/other", ...admin]);
    expect(told).toEqual({
      code: 0,
      out: "3 of 3: 2 stored, 1 left out (fresh already, or not to be stored), 0 failed\n",
      err: "",
    });
    const again = await sluice(["warm", "/ticket/1", "--json", ...admin]);
    expect(JSON.parse(again.out)).toMatchObject({ state: "finished", skipped: 1, total: 1 });
    expect(await sluice(["warm", ...admin])).toMatchObject({ code: 64 });
  });
});
