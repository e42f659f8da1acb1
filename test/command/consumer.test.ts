import { request } from "undici";
import { describe, expect, it } from "vitest";
import { sluice } from "../support/command-line.ts";
import { startWorld } from "../support/gateway.ts";

describe("consumer", () => {
  it("makes, rotates, disables, lists and removes; a key is alone on standard output", async () => {
    await using world = await startWorld();
    const order = (...words: string[]) =>
      sluice(["consumer", ...words, "--admin", world.gateway.adminUrl]);
    const status = async (key: string): Promise<number> => {
      const { statusCode, body } = await request(`${world.base}/ticket/1?apikey=${key}`);
      await body.dump();
      return statusCode;
    };
    expect((await order("list")).out).toContain("open to all");
    const terms = ["--weight", "3", "--allow", "GET /ticket/**", "--max-wait", "10s"];
    const made = await order("add", "portal", ...terms);
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^sluice_[\w-]+\n$/);
    expect(made.err).toContain("shown this once");
    const key = made.out.trim();
    expect(await status(key)).toBe(200);
    const rotated = (await order("rotate", "portal", "--overlap", "0s")).out.trim();
    expect([await status(key), await status(rotated)]).toEqual([401, 200]);
    expect(await order("disable", "portal")).toMatchObject({ code: 0, out: "portal: done\n" });
    expect(await status(rotated)).toBe(401);
    expect((await order("list")).out).toMatch(/^portal +store +disabled +3 +3 +GET \/ticket/m);
    await order("enable", "portal");
    expect(await status(rotated)).toBe(200);
    expect(await order("remove", "portal")).toMatchObject({ code: 65, out: "" });
    await order("disable", "portal");
    expect(await order("remove", "portal")).toMatchObject({ code: 0 });
    const { out } = await order("list", "--json");
    expect(JSON.parse(out)).toMatchObject({ open: false, consumers: [] });
  });

  it("ends with 64 for a verb or a name that is missing", async () => {
    for (const words of [["consumer"], ["consumer", "add"], ["consumer", "list", "a", "b"]]) {
      expect(await sluice(words)).toMatchObject({ code: 64, out: "" });
    }
  });
});
