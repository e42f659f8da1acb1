import { request } from "undici";
import { describe, expect, it } from "vitest";
import { sluice } from "../support/command-line.ts";
import { startWorld } from "../support/gateway.ts";

describe("purge", () => {
  it("removes what is stored, and says what it covered", async () => {
    await using world = await startWorld();
    const admin = ["--admin", world.gateway.adminUrl];
    const status = async (): Promise<string> => {
      const { headers, body } = await request(`${world.base}/ticket/5`);
      await body.dump();
      return String(headers["cache-status"]);
    };
    await status();
    expect(await status()).toContain("hit");
    const told = await sluice(["purge", "--url", "/ticket/5", ...admin]);
    expect(told).toMatchObject({ code: 0, err: "" });
    expect(told.out).toContain("Purged (hard): What is stored of /api/ticket/5");
    expect(await status()).toContain("fwd=");
    const soft = ["purge", "--everything", "--soft", "--upstream", "clientexec", "--json"];
    const { out } = await sluice([...soft, ...admin]);
    expect(JSON.parse(out)).toMatchObject({ kind: "soft", purged: { by: "everything" } });
  });

  it("ends with 64 where nothing or two things are named, and with 65 for a group that is none", async () => {
    await using world = await startWorld();
    const admin = ["--admin", world.gateway.adminUrl];
    expect(await sluice(["purge", ...admin])).toMatchObject({ code: 64 });
    const both = ["purge", "--everything", "--group", "tickets", ...admin];
    expect(await sluice(both)).toMatchObject({ code: 64 });
    const none = await sluice(["purge", "--group", "tikets", ...admin]);
    expect(none).toMatchObject({ code: 65, out: "" });
    expect(none.err).toContain("tickets");
  });
});
