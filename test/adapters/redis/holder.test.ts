import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createHolder } from "../../../src/adapters/redis/holder.ts";
import { RedisNames, type Change, type Renewed } from "../../../src/adapters/redis/names.ts";
import { News } from "../../../src/adapters/redis/news.ts";
import { channelsOf, writeNote } from "../../../src/adapters/redis/notice.ts";
import { StoreFault } from "../../../src/ports/faults.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

const connections = Array.from({ length: 2 }, () => new Redis(inject("redisUrl")));
const [redis, subscriber] = connections as [Redis, Redis];
afterAll(() => {
  for (const connection of connections) connection.disconnect();
});

/** Names whose renewals the test answers, one after the other. */
class ScriptedNames extends RedisNames {
  readonly asked: Change[] = [];
  withdrawn = 0;
  answer: (since: Change) => Promise<Renewed> = async () => ({ ...BEGIN, changes: "all" });

  override renew(_: string, since: Change): Promise<Renewed> {
    this.asked.push(since);
    return this.answer(since);
  }

  override async withdraw(): Promise<void> {
    this.withdrawn += 1;
  }
}

/** News that the test tells. */
class ScriptedNews extends News {
  readonly listeners = new Map<string, (message: string) => void>();

  override listen(channel: string, listener: (message: string) => void): void {
    this.listeners.set(channel, listener);
  }
}

const BEGIN: Change = { epoch: "e", seq: 5 };

async function world() {
  const prefix = `test-${randomUUID()}`;
  const clock = new FakeClock();
  const names = new ScriptedNames(redis, prefix);
  const news = new ScriptedNews(subscriber);
  const holder = createHolder({ redis, names, news, prefix, clock, self: "b" });
  const told: string[] = [];
  const start = () =>
    holder.follow({
      drop: (tags) => void told.push(...tags),
      clear: () => void told.push("everything"),
    });
  const { names: channel, keys } = channelsOf(prefix);
  return {
    prefix,
    clock,
    names,
    holder,
    told,
    start,
    say: (message: string) => news.listeners.get(channel)?.(message),
    sayKey: (message: string) => news.listeners.get(keys)?.(message),
  };
}

function notice(seq: number, tag: string, epoch = "e") {
  return { epoch, seq, writer: "w", ticket: "", tags: [tag] };
}

function textOf({ epoch, seq, ...note }: ReturnType<typeof notice>): string {
  return `${epoch} ${seq} ${writeNote(note)}`;
}

describe("createHolder()", () => {
  it("drops everything before its first lease, which begins when it was asked for", async () => {
    const { holder, clock, names, told, start } = await world();
    const reply = Promise.withResolvers<Renewed>();
    names.answer = () => reply.promise;
    start();
    await clock.advance(100);
    expect(holder.current()).toBe(false);
    reply.resolve({ ...BEGIN, changes: "all" });
    names.answer = () => Promise.reject(new StoreFault("gone"));
    await settle();
    expect([told, holder.current()]).toEqual([["everything"], true]);
    await clock.advance(399);
    expect(holder.current()).toBe(true);
    await clock.advance(1);
    expect(holder.current()).toBe(false);
    await holder.close();
  });

  it("has no lease from a reply that came too late", async () => {
    const { holder, clock, names, start } = await world();
    const reply = Promise.withResolvers<Renewed>();
    names.answer = () => reply.promise;
    start();
    await clock.advance(500);
    reply.resolve({ ...BEGIN, changes: "all" });
    names.answer = () => Promise.withResolvers<Renewed>().promise;
    await settle();
    expect(holder.current()).toBe(false);
  });

  it("renews every 150 ms, and says before each what it had dropped by then", async () => {
    const { holder, clock, names, told, start, say } = await world();
    start();
    await settle();
    say(textOf(notice(6, "six")));
    names.answer = async () => ({
      epoch: "e",
      seq: 8,
      changes: [notice(7, "seven"), notice(8, "eight")],
    });
    await clock.advance(150);
    names.answer = async () => ({ epoch: "e", seq: 8, changes: [] });
    await clock.advance(150);
    expect(names.asked.map(({ seq }) => seq)).toEqual([0, 6, 8]);
    expect(told).toEqual(["everything", "six", "seven", "eight"]);
    await holder.close();
  });

  it("drops what a message tells, and asks for what it missed before that", async () => {
    const { holder, clock, names, told, start, say } = await world();
    start();
    await settle();
    say(textOf(notice(7, "seven")));
    say(textOf(notice(6, "foreign", "f")));
    say("nonsense");
    expect(told).toEqual(["everything", "seven", "foreign"]);
    await clock.advance(150);
    expect(names.asked.at(-1)).toMatchObject({ epoch: "e", seq: 5 });
    await holder.close();
  });

  it("does not fall back behind messages that overtook a reply", async () => {
    const { holder, clock, names, start, say } = await world();
    start();
    await settle();
    const reply = Promise.withResolvers<Renewed>();
    names.answer = () => reply.promise;
    await clock.advance(150);
    say(textOf(notice(6, "six")));
    say(textOf(notice(7, "seven")));
    reply.resolve({ epoch: "e", seq: 6, changes: [notice(6, "six")] });
    await clock.advance(150);
    expect(names.asked.at(-1)?.seq).toBe(7);
    names.answer = async () => ({ epoch: "e", seq: 7, changes: [] });
    await holder.close();
  });

  it("tells the writer that it has heard, by message or by log, unless nobody waits", async () => {
    const { holder, clock, names, start, say, prefix } = await world();
    const heard: string[] = [];
    const listening = new Redis(inject("redisUrl"));
    listening.on("message", (_, message: string) => heard.push(message));
    await listening.subscribe(channelsOf(prefix).acknowledged("w"));
    start();
    await settle();
    say(textOf({ ...notice(6, "six"), ticket: "1" }));
    say(textOf(notice(7, "a mark")));
    say(textOf({ ...notice(8, "own"), writer: "b", ticket: "2" }));
    const logged = { ...notice(9, "nine"), ticket: "3" };
    names.answer = async () => ({ epoch: "e", seq: 9, changes: [logged] });
    await clock.advance(150);
    await expect.poll(() => heard).toEqual(["1 b", "3 b"]);
    listening.disconnect();
    await holder.close();
  });

  it("drops a key that another process wrote, and not for its own writing", async () => {
    const { holder, told, start, sayKey } = await world();
    start();
    await settle();
    sayKey("b own");
    sayKey("w theirs");
    expect(told).toEqual(["everything", "theirs"]);
    await holder.close();
  });

  it("close() ends the lease before it withdraws, and renews no more", async () => {
    const { holder, clock, names, start } = await world();
    start();
    await settle();
    expect(holder.current()).toBe(true);
    const closed = holder.close();
    expect([holder.current(), names.withdrawn]).toEqual([false, 0]);
    await closed;
    await clock.advance(1000);
    expect([names.withdrawn, names.asked.length]).toEqual([1, 1]);
  });

  it("close() takes no lease from a renewal that was under way", async () => {
    const { holder, names, told, start } = await world();
    const reply = Promise.withResolvers<Renewed>();
    names.answer = () => reply.promise;
    start();
    const closed = holder.close();
    reply.resolve({ ...BEGIN, changes: "all" });
    await closed;
    expect([holder.current(), told, names.withdrawn]).toEqual([false, [], 1]);
  });
});
