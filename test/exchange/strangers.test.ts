import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { settings } from "../support/settings.ts";
import { startToldWorld, type ToldWorld } from "../support/told-origin.ts";
import type { Consumer, InboundLimits } from "../../src/ports/settings.ts";

/*
 * Those whom nobody knows: what they cost, and that they cost nobody else anything.
 */

const SYNC: Consumer = {
  name: "sync",
  key: "sync-key-1",
  weight: 1,
  priority: 3,
  allow: [],
  mayForce: false,
};

function start(limits: Partial<InboundLimits> = {}): Promise<ToldWorld> {
  const bounds = { ...settings().limits, ...limits };
  return startToldWorld({ settings: { consumers: [SYNC], limits: bounds } });
}

const bearer = (key: string): readonly string[] => ["Authorization", `Bearer ${key}`];

describe("a stranger", () => {
  it("is told before anything of its body has come", async () => {
    await using api = await start();
    const socket = connect(Number(new URL(api.world.base).port), "127.0.0.1");
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    await once(socket, "connect");
    socket.write("POST /api/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1000\r\n\r\n");
    await expect.poll(() => text).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
    expect(api.seen).toEqual([]);
  });

  it("is refused with 429 after too many wrong keys, and a good key from its address passes", async () => {
    await using api = await start({ wrongKeys: 2 });
    const statusOf = async (key: string): Promise<number> =>
      (await api.ask("/x", { fields: bearer(key) })).status;
    expect(await statusOf("wrong-key-1")).toBe(401);
    expect(await statusOf("wrong-key-2")).toBe(401);
    expect(await statusOf(SYNC.key)).toBe(200);
    const refused = await api.ask("/x", { fields: bearer("wrong-key-3") });
    expect([refused.status, JSON.parse(refused.body)]).toMatchObject([
      429,
      { type: "urn:sluice:problem:too-many-wrong-keys" },
    ]);
    expect(Number(refused.fields["retry-after"])).toBeLessThanOrEqual(60);
    expect(await statusOf(SYNC.key)).toBe(200);
    // Without a key nothing is guessed.
    expect((await api.ask("/x")).status).toBe(401);
  });

  it("is none whose key is in a form that comes slowly", async () => {
    const keys = [{ in: "form", name: "apikey", value: "sim-key" }] as const;
    await using api = await startToldWorld({
      upstream: { keys },
      settings: { consumers: [SYNC] },
    });
    const type = ["Content-Type", "application/x-www-form-urlencoded"];
    const body = `a=1&apikey=${SYNC.key}`;
    const { status } = await api.ask("/x", { method: "POST", fields: type, body });
    expect([status, api.seen[0]?.body]).toEqual([200, "a=1&apikey=sim-key"]);
  });

  it("has its method override taken out of a form although the key is elsewhere", async () => {
    await using api = await start();
    const fields = [...bearer(SYNC.key), "Content-Type", "application/x-www-form-urlencoded"];
    const { status } = await api.ask("/x", { method: "POST", fields, body: "a=1&_method=DELETE" });
    expect([status, api.seen[0]?.body]).toEqual([200, "a=1"]);
  });
});
