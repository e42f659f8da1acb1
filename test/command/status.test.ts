import { describe, expect, it } from "vitest";
import { sluice } from "../support/command-line.ts";
import { startWorld } from "../support/gateway.ts";
import { settings } from "../support/settings.ts";

describe("status", () => {
  it("looks once where nobody watches, without colours or cursor, or as JSON", async () => {
    await using world = await startWorld();
    const admin = ["--admin", world.gateway.adminUrl];
    const told = await sluice(["status", ...admin]);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toMatch(/^clientexec /m);
    expect(told.out).not.toContain("\u001B");
    const { out } = await sluice(["status", "--json", ...admin]);
    expect(JSON.parse(out)).toMatchObject({ store: "embedded", upstreams: { clientexec: {} } });
  });

  it("needs the token where there is one, and ends with 69 where nobody answers", async () => {
    const token = "token-0123456789";
    const given = settings({ admin: { host: "127.0.0.1", port: 0, token } });
    await using world = await startWorld({ settings: { admin: given.admin } });
    const words = ["status", "--admin", world.gateway.adminUrl];
    const without = await sluice(words);
    expect(without).toMatchObject({ code: 77, out: "" });
    expect(without.err).toContain("SLUICE_ADMIN_TOKEN");
    expect(await sluice(words, { SLUICE_ADMIN_TOKEN: token })).toMatchObject({ code: 0, err: "" });
    await world.gateway.stop();
    expect(await sluice(words)).toMatchObject({ code: 69, out: "" });
  });
});
