import { mkdtempSync, rmSync } from "node:fs";
import type { RequestListener, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import { start } from "../../src/start/instance.ts";
import { SecretsMask } from "../../src/start/mask.ts";
import { httpOrigin } from "../support/origin.ts";
import { cachePolicy, route, settings, upstream } from "../support/settings.ts";
import type { Settings, Upstream } from "../../src/ports/settings.ts";

/*
 * What a reload means to exchanges: those under way end on what they began with, those that wait keep their places and go
 * by the new quota, those that begin afterwards know nothing of the old configuration.
 */

async function open(first: Partial<Upstream>, more: Partial<Settings> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-reload-"));
  const common = {
    listen: { host: "127.0.0.1", port: 0 },
    admin: { host: "127.0.0.1", port: 0, token: "" },
    store: { ...settings().store, file: join(folder, "sluice.db") },
  };
  let current = settings({ ...common, ...more, upstreams: [upstream(first)] });
  const lines: string[] = [];
  const mask = new SecretsMask(current);
  const log = pino({ level: "silent" }, { write: (line: string) => void lines.push(line) });
  const running = await start(current, log, { load: () => current, mask });
  const status = async (path: string): Promise<string> => {
    const { statusCode, body } = await request(`${running.url}${path}`);
    return `${statusCode} ${await body.text()}`;
  };
  return {
    running,
    mask,
    status,
    log,
    change(upstreams: readonly Upstream[], changes: Partial<Settings> = {}) {
      current = settings({ ...common, ...changes, upstreams });
      return running.reload("order");
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** An origin that answers when it is told to. */
function held(): { listener: RequestListener; arrived: ServerResponse[] } {
  const arrived: ServerResponse[] = [];
  return { arrived, listener: (_, outgoing) => void arrived.push(outgoing) };
}

const says =
  (text: string): RequestListener =>
  (_, outgoing) =>
    void outgoing.end(text);

describe("a reload", () => {
  it("leaves what is under way where it began, and sends what begins afterwards to the new address", async () => {
    const { listener, arrived } = held();
    await using before = await httpOrigin(listener);
    await using after = await httpOrigin(says("new"));
    await using world = await open({ url: before.url });
    const early = world.status("/api/x");
    await expect.poll(() => arrived.length).toBe(1);
    const reloaded = await world.change([upstream({ url: after.url })]);
    expect(reloaded).toEqual({ kind: "applied", changed: ["upstreams.api.url"] });
    expect(await world.status("/api/x")).toBe("200 new");
    arrived[0]?.end("old");
    expect(await early).toBe("200 old");
  });

  it("lets those who wait keep their places, and go by the new quota at once", async () => {
    await using origin = await httpOrigin(says("answered"));
    const quota = { name: "api", limit: 1, windowMs: 60_000, padMs: 1000 };
    const patient = { queue: { maxWaitMs: 120_000, maxLength: 10 }, url: origin.url };
    await using world = await open({ ...patient, quotas: [quota] });
    await world.status("/api/first");
    const waiting = [world.status("/api/second"), world.status("/api/third")];
    await expect.poll(() => world.running.status().upstreams["api"]?.waiting).toBe(2);
    await world.change([upstream({ ...patient, quotas: [{ ...quota, limit: 10_000 }] })]);
    expect(await Promise.all(waiting)).toEqual(["200 answered", "200 answered"]);
  });

  it("holds a lowered quota against what has left already", async () => {
    await using origin = await httpOrigin(says("answered"));
    const quota = { name: "api", limit: 100, windowMs: 60_000, padMs: 1000 };
    await using world = await open({ url: origin.url, quotas: [quota] });
    await world.status("/api/1");
    await world.status("/api/2");
    await world.change([upstream({ url: origin.url, quotas: [{ ...quota, limit: 2 }] })]);
    expect(await world.status("/api/3")).toMatch(/^429 [^]*deadline-passed/);
  });

  it("leaves each quota what it counts when another is put before it (P1)", async () => {
    await using origin = await httpOrigin(says("answered"));
    const hour = { name: "api-1h", limit: 3, windowMs: 3_600_000, padMs: 1000 };
    const second = { name: "api-1s", limit: 100, windowMs: 1000, padMs: 100 };
    const parts = { url: origin.url, queue: { maxWaitMs: 10, maxLength: 10 } };
    await using world = await open({ ...parts, quotas: [{ ...hour, name: "api" }] });
    for (let sent = 0; sent < 3; sent += 1) await world.status("/api/x");
    await world.change([upstream({ ...parts, quotas: [second, hour] })]);
    expect(await world.status("/api/x")).toMatch(/^429 /);
    await world.change([upstream({ ...parts, quotas: [hour, { ...second, limit: 50 }] })]);
    expect(await world.status("/api/x")).toMatch(/^429 /);
  });

  it("closes mounts and opens others; one that comes back finds what its quota had spent", async () => {
    await using origin = await httpOrigin(says("answered"));
    const quotas = [{ name: "api", limit: 1, windowMs: 60_000, padMs: 1000 }];
    const api = upstream({ url: origin.url, quotas });
    await using world = await open(api);
    expect(await world.status("/api/x")).toBe("200 answered");
    const other = upstream({ name: "other", mount: "/other", url: origin.url });
    await world.change([other]);
    expect(await world.status("/api/x")).toMatch(/^404 [^]*no-such-mount/);
    expect(await world.status("/other/x")).toBe("200 answered");
    expect(Object.keys(world.running.status().upstreams)).toEqual(["other"]);
    const foretold = await request(`${world.running.adminUrl}/forecast`);
    expect(await foretold.body.json()).toMatchObject({ upstreams: [{ upstream: "other" }] });
    await world.change([other, api]);
    expect(await world.status("/api/x")).toMatch(/^429 [^]*deadline-passed/);
  });

  it("lets consumers of the file in and out, their keys masked from then on, and the level of the log change", async () => {
    await using origin = await httpOrigin(says("answered"));
    const terms = { weight: 1, priority: 3, allow: [], mayForce: false };
    const one = { name: "one", key: "the-key-of-one", ...terms };
    const two = { name: "two", key: "the-key-of-two", ...terms };
    const api = upstream({ url: origin.url });
    await using world = await open(api, { consumers: [one] });
    expect(await world.status("/api/x?apikey=the-key-of-two")).toMatch(/^401/);
    await world.change([api], { consumers: [two], log: { level: "error", pretty: false } });
    expect(await world.status("/api/x?apikey=the-key-of-two")).toBe("200 answered");
    expect(await world.status("/api/x?apikey=the-key-of-one")).toMatch(/^401/);
    const masked = world.mask.text("the-key-of-one the-key-of-two");
    expect(masked).not.toMatch(/one|two/);
    expect(world.log.level).toBe("error");
  });

  it("answers nobody again from before it, who was answered from store a moment ago", async () => {
    await using origin = await httpOrigin(says("answered"));
    const cached = route({
      safe: true,
      cache: cachePolicy({ lifetimeMs: 60_000, override: true }),
    });
    const terms = { weight: 1, priority: 3, allow: [], mayForce: false };
    const one = { name: "one", key: "the-key-of-one", ...terms };
    const api = upstream({ url: origin.url, routes: [cached] });
    await using world = await open(api, { consumers: [one] });
    const ask = (): Promise<string> => world.status("/api/x?apikey=the-key-of-one");
    expect([await ask(), await ask(), await ask()]).toEqual(Array(3).fill("200 answered"));
    await world.change([api], { consumers: [{ ...one, key: "another-key" }] });
    expect(await ask()).toMatch(/^401/);
  });

  it("takes over what the port bounds, the body of a request for instance", async () => {
    await using origin = await httpOrigin(says("answered"));
    const api = upstream({ url: origin.url });
    await using world = await open(api);
    const post = async (): Promise<number> => {
      const body = "x".repeat(1000);
      const answer = await request(`${world.running.url}/api/x`, { method: "POST", body });
      await answer.body.dump();
      return answer.statusCode;
    };
    expect(await post()).toBe(200);
    await world.change([api], { limits: { ...settings().limits, bodyBytes: 500 } });
    expect(await post()).toBe(413);
  });
});
