import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { listOf, Script, textsOf } from "../../../src/adapters/redis/script.ts";
import { startRedis } from "../../support/redis-instance.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-lua-"));
const redis = new Redis(inject("redisUrl"));
afterAll(() => {
  redis.disconnect();
  rmSync(folder, { recursive: true });
});

function part(name: string, lua: string): URL {
  const file = join(folder, `${name}.lua`);
  writeFileSync(file, lua);
  return pathToFileURL(file);
}

describe("Script", () => {
  it("runs its parts in order, also when the server has forgotten it", async () => {
    const parts = [part("one", "local a = KEYS[1]"), part("two", "return { a, ARGV[1] }")];
    const script = new Script(redis, parts);
    expect(await script.run(["k"], [5])).toEqual(["k", "5"]);
    await redis.script("FLUSH");
    expect(await script.run(["k"], ["x"])).toEqual(["k", "x"]);
  });

  it("raises what the script raises", async () => {
    const script = new Script(redis, [part("bad", "return redis.call('GET')")]);
    await expect(script.run([], [])).rejects.toThrow(/Wrong number of args/);
  });

  it("writes when Redis has no memory left, if it is told to", async () => {
    const full = await startRedis({
      args: ["--maxmemory", "1", "--maxmemory-policy", "noeviction"],
    });
    const own = new Redis(full.url);
    const lua = part("set", "return redis.call('SET', KEYS[1], 'x')");
    await expect(new Script(own, [lua]).run(["k"], [])).rejects.toThrow("OOM");
    expect(await new Script(own, [lua], { evenIfFull: true }).run(["k"], [])).toBe("OK");
    own.disconnect();
    await full.stop();
  });
});

describe("listOf() and textsOf()", () => {
  it("take what is no list for an empty one", () => {
    expect([listOf(null), listOf([1, "a"]), textsOf([1, "a"]), textsOf("a")]).toEqual([
      [],
      [1, "a"],
      ["1", "a"],
      [],
    ]);
  });
});
