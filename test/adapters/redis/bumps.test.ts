import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { Bumps, LEASE_MS, MARGIN_MS } from "../../../src/adapters/redis/bumps.ts";
import { RedisNames, type Announcement, type Bumped } from "../../../src/adapters/redis/names.ts";
import { News } from "../../../src/adapters/redis/news.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.disconnect());

class ScriptedNames extends RedisNames {
  bumped: Bumped = { epoch: "e", seq: 1, holders: [], blindMs: 0 };
  readonly notes: string[] = [];
  readonly expelled: string[] = [];
  readonly polled: string[][] = [];
  onBump: () => void = () => {};
  open: (holders: readonly string[]) => Promise<string[]> = async (holders) => [...holders];

  override async bump(_: "hard" | "soft", __: number, how: Announcement): Promise<Bumped> {
    this.notes.push(how.note);
    this.onBump();
    return this.bumped;
  }

  override unsettled(_: unknown, holders: readonly string[]): Promise<string[]> {
    this.polled.push([...holders]);
    return this.open(holders);
  }

  override async expel(_: unknown, holders: readonly string[]): Promise<void> {
    this.expelled.push(...holders);
  }
}

class ScriptedNews extends News {
  say: (message: string) => void = () => {};

  override listen(_: string, listener: (message: string) => void): void {
    this.say = listener;
  }
}

function world(holders: readonly string[], blindMs = 0) {
  const clock = new FakeClock();
  const names = new ScriptedNames(redis, "p");
  names.bumped = { ...names.bumped, holders, blindMs };
  const news = new ScriptedNews(redis);
  const bumps = new Bumps({ names, news, prefix: "p", clock, self: "a" });
  let returned = false;
  const bump = async () => {
    await bumps.bump(["tag"], "hard");
    returned = true;
  };
  return { clock, names, news, bumps, bump, returned: () => returned };
}

describe("Bumps", () => {
  it("bump() waits for nobody, when nobody else holds anything", async () => {
    const { bump, returned, names } = world(["a"]);
    await bump();
    expect([returned(), names.notes]).toEqual([true, ["a 1 tag"]]);
  });

  it("bump() waits until each holder has said that it heard of this very bump", async () => {
    const { bump, news, returned } = world(["a", "b", "c"]);
    const done = bump();
    await settle();
    news.say("1 b");
    news.say("2 c");
    news.say("1 b");
    await settle();
    expect(returned()).toBe(false);
    news.say("1 c");
    await done;
  });

  it("bump() counts a word that came before the script's reply", async () => {
    const { bump, news, names } = world(["b"]);
    names.onBump = () => news.say("1 b");
    await bump();
    expect(names.polled).toEqual([]);
  });

  it("bump() asks Redis for those whose word does not come", async () => {
    const { bump, names, clock, news, returned } = world(["b", "c"]);
    const done = bump();
    await settle();
    news.say("1 b");
    await clock.advance(80);
    expect([names.polled, returned()]).toEqual([[["c"]], false]);
    names.open = async () => [];
    await clock.advance(80);
    await done;
    expect(names.expelled).toEqual([]);
  });

  it("bump() waits for as long as a lease may last, then expels who was not heard of", async () => {
    const { bump, names, clock, news, returned } = world(["b", "c"]);
    const done = bump();
    await settle();
    news.say("1 c");
    await clock.advance(LEASE_MS + MARGIN_MS - 1);
    expect([returned(), names.expelled]).toEqual([false, []]);
    await clock.advance(1);
    await done;
    expect(names.expelled).toEqual(["b"]);
  });

  it("bump() returns in time, when Redis fails or hangs meanwhile", async () => {
    for (const open of [
      () => Promise.reject(new StoreFault("gone")),
      () => Promise.withResolvers<string[]>().promise,
    ]) {
      const { bump, names, clock, returned } = world(["b"]);
      names.open = open;
      const done = bump();
      await clock.advance(LEASE_MS + MARGIN_MS);
      expect(returned()).toBe(true);
      await done;
    }
  });

  it("bump() waits for holders that Redis may have forgotten, though it knows of none", async () => {
    const { bump, clock, returned } = world([], 300);
    const done = bump();
    await clock.advance(299);
    expect(returned()).toBe(false);
    await clock.advance(1);
    await done;
  });

  it("bump() raises the fault of its script", async () => {
    const { bumps, names } = world([]);
    names.onBump = () => {
      throw new StoreFault("gone");
    };
    await expect(bumps.bump(["tag"], "hard")).rejects.toThrow(StoreFault);
  });
});
