import { describe, expect, it } from "vitest";
import { sluice } from "../support/command-line.ts";
import { startWorld } from "../support/gateway.ts";

describe("explain", () => {
  it("tells what would become of a request, in words or whole", async () => {
    await using world = await startWorld();
    const admin = ["--admin", world.gateway.adminUrl];
    const told = await sluice(["explain", "get", "/api/ticket/5", ...admin]);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toMatch(/^Nothing is stored that may answer it .*\.\n$/);
    const named = ["--consumer", "reports", "--field", "Prefer: wait=1", "--json"];
    const whole = await sluice(["explain", "GET", "/api/invoice/7", ...named, ...admin]);
    expect(JSON.parse(whole.out)).toMatchObject({
      consumer: { name: "reports" },
      forward: { mayWaitMs: 1000 },
    });
  });

  it("ends with 64 without a path or with half a field, and with 65 for a mount that is none", async () => {
    await using world = await startWorld();
    const admin = ["--admin", world.gateway.adminUrl];
    expect(await sluice(["explain", "GET", ...admin])).toMatchObject({ code: 64 });
    const half = ["explain", "GET", "/api/x", "--field", "Prefer"];
    expect(await sluice([...half, ...admin])).toMatchObject({ code: 64 });
    const odd = await sluice(["explain", "CONNECT", "/api/x", ...admin]);
    expect(odd).toMatchObject({ code: 65, out: "" });
    expect(odd.err).toContain("method");
  });
});
