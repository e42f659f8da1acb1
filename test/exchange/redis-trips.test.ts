import { connect } from "node:net";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TICKET_ROUTES, startWorld, type World } from "../support/gateway.ts";
import { startRedis, type RedisInstance } from "../support/redis-instance.ts";
import { settings } from "../support/settings.ts";

/*
 * A ratchet: what a forward asks of Redis, as Redis itself tells it (MONITOR). What goes on by itself (renewals of near
 * caches, accounts, versions, outlooks) is not counted.
 */

const SENT = {
  turns: /"sluice:\{clientexec\}" .*:hints"$/,
  slots: /:slots\}_settings"/,
  readings: /^"hgetall" "sluice:r:/i,
  // More than the four keys that stand before any name.
  names: /^"evalsha" "\w+" "(?!4")\d+" "sluice:\{names\}/i,
  leases: /"sluice:l:/,
  writings: /^"evalsha" "\w+" "1" "sluice:r:/i,
  counts: /^"evalsha" "\w+" "4" "sluice:\{kept\}/i,
} as const;

const FORWARDS = 20;

let redis: RedisInstance;
let world: World;
let commands: string[] = [];

beforeAll(async () => {
  redis = await startRedis();
  const store = { ...settings({}).store, redis: redis.url };
  world = await startWorld({ settings: { store }, upstream: { routes: TICKET_ROUTES } });
  const socket = connect(redis.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("MONITOR\r\n");
  createInterface({ input: socket }).on("line", (line) => {
    const [, source, command] = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/.exec(line) ?? [];
    // What scripts do inside is theirs.
    if (source !== "lua" && command !== undefined) commands.push(command);
  });
}, 30_000);
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await redis.stop();
});

async function ask(method: string, path: string): Promise<number> {
  const content = method === "GET" ? {} : { body: "{}" };
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${world.base}${path}`, { method, headers, ...content });
  await response.text();
  return response.status;
}

/** Commands a forward, by kind. */
async function trips(method: string, path: string): Promise<Record<keyof typeof SENT, number>> {
  // The scripts are known by then, and the connections warm.
  for (let id = 1; id <= 3; id += 1) await ask(method, `${path}/${id}`);
  commands = [];
  for (let id = 11; id <= 10 + FORWARDS; id += 1) {
    expect(await ask(method, `${path}/${id}`)).toBeLessThan(500);
  }
  const count = (kind: RegExp): number =>
    commands.filter((one) => kind.test(one)).length / FORWARDS;
  const { turns, slots, readings, names, leases, writings, counts } = SENT;
  const store = { readings: count(readings), names: count(names), leases: count(leases) };
  return {
    turns: count(turns),
    slots: count(slots),
    ...store,
    writings: count(writings),
    counts: count(counts),
  };
}

/** A turn to ask and one to say that it has ended, where no other forward says it too; one more twice a second. */
const TURNS = 2.4;
/** Of Bottleneck: submit, register, free. */
const SLOTS = 3;

it("a GET that is passed through asks the ledger and the slots, nothing else", async () => {
  const { turns, slots, ...others } = await trips("GET", "/client");
  expect(turns).toBeGreaterThan(0);
  expect(turns).toBeLessThanOrEqual(TURNS);
  expect(slots).toBeLessThanOrEqual(SLOTS);
  expect(others).toEqual({ readings: 0, names: 0, leases: 0, writings: 0, counts: 0 });
}, 30_000);

it("a miss that is stored reads three times, takes one lease, and writes once", async () => {
  const { turns, slots, names, leases, ...others } = await trips("GET", "/ticket");
  expect(turns).toBeLessThanOrEqual(TURNS);
  expect(slots).toBeLessThanOrEqual(SLOTS);
  // Before it stands in line, before it leaves, and once it is stored; the lease is watched, taken and ended.
  expect(names).toBeLessThanOrEqual(3);
  // A machine that takes its time prolongs one now and then.
  expect(leases).toBeGreaterThanOrEqual(3);
  expect(leases).toBeLessThan(4);
  expect(others).toEqual({ readings: 3, writings: 1, counts: 1 });
}, 30_000);

it("a write marks, bumps and unmarks its names", async () => {
  const { turns, slots, names, ...others } = await trips("PUT", "/ticket");
  expect(turns).toBeLessThanOrEqual(TURNS);
  expect(slots).toBeLessThanOrEqual(SLOTS);
  // Nobody waits for an unmark: that of the write before may come late.
  expect(names).toBeLessThanOrEqual(3.1);
  expect(others).toEqual({ readings: 0, leases: 0, writings: 0, counts: 0 });
}, 30_000);
