import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { loadSettings } from "../../src/config/load.ts";
import { start } from "../../src/start/instance.ts";
import { repositoryPath } from "../deploy/repository-file.ts";
import { DIALECT_KEYS, type DialectName } from "../simulator/dialect-manners.ts";
import { startDialect, type DialectServer } from "../simulator/dialects.ts";

/*
 * Each preset before an API that speaks its dialect: the key goes where that API wants it, errors keep their form and
 * are not stored, what only reads is stored, and a write ends that.
 */

const { id, key } = DIALECT_KEYS;
const CLIENT_KEY = "key-of-the-portal";
const folder = mkdtempSync(join(tmpdir(), "sluice-presets-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A request to the gateway, below its mount. */
interface Ask {
  readonly method?: string;
  readonly target: string;
  readonly form?: string;
}

interface Preset {
  readonly keys: readonly object[];
  /** How a client of that API presents a key; a text `KEY` is replaced. */
  readonly sends: { readonly fields?: Record<string, string>; readonly query?: string };
  readonly form?: string;
  /** Stored. Absent: nothing can be. */
  readonly reads?: Ask;
  readonly unlisted: Ask;
  readonly write: Ask;
  /** Answered with an error in the API's own form, which must not be stored. */
  readonly fails: Ask & { readonly status: number; readonly body: object | string };
  /** Absent: refused credentials have no status of their own there. */
  readonly refused?: true;
  readonly limitFields: readonly string[];
  readonly retryAfter: boolean;
}

const basicOf = (user: string, password: string): string => btoa(`${user}:${password}`);
const HIT = /^sluice;hit/;

const PRESETS: Readonly<Record<DialectName, Preset>> = {
  whmcs: {
    keys: [{ value: id }, { value: key }],
    sends: {},
    form: `identifier=portal&secret=KEY`,
    unlisted: { method: "POST", target: "/api.php", form: "action=GetClients&responsetype=json" },
    write: { method: "POST", target: "/api.php", form: "action=AddOrder" },
    fails: {
      method: "POST",
      target: "/api.php",
      form: "action=NoSuch",
      status: 200,
      body: { result: "error", message: "Command Not Found" },
    },
    limitFields: [],
    retryAfter: false,
  },
  blesta: {
    keys: [{ username: id, value: key }],
    sends: { fields: { Authorization: `Basic ${basicOf("portal", CLIENT_KEY)}` } },
    reads: { target: "/clients/get.json?client_id=5" },
    unlisted: { target: "/reports/fetchAll.json" },
    write: { target: "/clients/delete.json?client_id=5" },
    fails: {
      target: "/clients/get.json?client_id=99",
      status: 400,
      body: { message: "Bad syntax.", errors: { client_id: { exists: "No." } } },
    },
    refused: true,
    limitFields: [],
    retryAfter: false,
  },
  hostbill: {
    keys: [{ value: id }, { value: key }, { value: id }, { value: key }],
    sends: { query: `api_id=portal&api_key=KEY` },
    reads: { target: "/api.php?call=getClients" },
    unlisted: { target: "/api.php?call=getOrders" },
    write: { target: "/api.php?call=deleteClient&id=5" },
    fails: {
      target: "/api.php?call=getClients&id=99",
      status: 200,
      body: {
        success: false,
        call: "getClients",
        server_time: expect.any(Number),
        error: ["Wrong parameter"],
      },
    },
    limitFields: [],
    retryAfter: false,
  },
  zendesk: {
    keys: [{ username: `${id}/token`, value: key }],
    sends: { fields: { Authorization: `Basic ${basicOf("agent@example.com/token", CLIENT_KEY)}` } },
    reads: { target: "/tickets/5.json" },
    unlisted: { target: "/users/me/session/renew.json" },
    write: { method: "PUT", target: "/tickets/5.json" },
    fails: {
      target: "/tickets/99.json",
      status: 404,
      body: { error: "RecordNotFound", description: "Not found" },
    },
    refused: true,
    limitFields: ["x-rate-limit", "x-rate-limit-remaining"],
    retryAfter: true,
  },
  freshdesk: {
    keys: [{ value: key }],
    sends: { fields: { Authorization: `Basic ${basicOf(CLIENT_KEY, "X")}` } },
    reads: { target: "/tickets/5?include=stats" },
    unlisted: { target: "/tickets/5/time_entries" },
    write: { method: "PUT", target: "/tickets/5" },
    fails: { target: "/tickets/99", status: 404, body: "" },
    refused: true,
    limitFields: ["x-ratelimit-total", "x-ratelimit-remaining", "x-ratelimit-used-currentrequest"],
    retryAfter: true,
  },
  helpscout: {
    keys: [{ value: `Bearer ${key}` }],
    sends: { fields: { Authorization: `Bearer ${CLIENT_KEY}` } },
    reads: { target: "/conversations/5" },
    unlisted: { target: "/reports/company" },
    write: { method: "PATCH", target: "/conversations/5" },
    fails: {
      target: "/conversations/99",
      status: 404,
      body: { logRef: "1", message: "Resource not found", _embedded: {} },
    },
    refused: true,
    limitFields: ["x-ratelimit-limit-minute", "x-ratelimit-remaining-minute"],
    retryAfter: false,
  },
};

const CASES = Object.entries(PRESETS).map(
  ([name, preset]) => [name as DialectName, preset] as const,
);

/** A gateway that runs a preset before a dialect. */
interface World extends AsyncDisposable {
  readonly api: DialectServer;
  ask(wanted: Ask, fields?: Record<string, string>): Promise<Response>;
}

async function startWorld(
  name: DialectName,
  changes: { readonly limit?: number; readonly keys?: readonly object[] } = {},
): Promise<World> {
  const { keys, sends, form } = PRESETS[name];
  const api = await startDialect(name, { limit: changes.limit ?? 1000, windowMs: 60_000 });
  const { pathname: mount } = new URL(api.url);
  const upstream = {
    preset: name,
    mount,
    url: api.url,
    keys: changes.keys ?? keys,
    quotas: [{ limit: 900, window: "60s" }],
  };
  const file = join(folder, `${name}.yaml`);
  const config = {
    listen: { port: 0 },
    admin: { port: 0 },
    store: { file: join(mkdtempSync(join(folder, "store-")), "sluice.db") },
    upstreams: { api: upstream },
    consumers: { portal: { key: CLIENT_KEY } },
  };
  writeFileSync(file, stringify(config));
  const settings = loadSettings({ file, environment: {} });
  const gateway = await start(settings, pino({ level: "silent" }));
  return {
    api,
    ask({ method, target, form: own }, fields = {}) {
      const query = sends.query?.replace("KEY", CLIENT_KEY);
      const joint = target.includes("?") ? "&" : "?";
      const body =
        own === undefined ? undefined : `${form?.replace("KEY", CLIENT_KEY) ?? ""}&${own}`;
      return fetch(`${gateway.url}${mount}${target}${query ? `${joint}${query}` : ""}`, {
        method: method ?? "GET",
        headers: {
          ...sends.fields,
          ...(body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" }),
          ...fields,
        },
        ...(body === undefined ? {} : { body }),
      });
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await api[Symbol.asyncDispose]();
    },
  };
}

const cacheStatus = (response: Response): string => response.headers.get("cache-status") ?? "";

describe("config/presets/", () => {
  it("has a test here for every preset but the first, which the tests of the simulator use", () => {
    const files = readdirSync(repositoryPath("config/presets")).map((file) =>
      file.replace(/\.yaml$/, ""),
    );
    expect(files.toSorted()).toEqual(["clientexec", ...Object.keys(PRESETS)].toSorted());
  });
});

describe.each(CASES)("the preset %s", (name, preset) => {
  it("puts its own key where that API wants it, and the client's nowhere", async () => {
    await using world = await startWorld(name);
    expect((await world.ask(preset.unlisted)).status).toBe(200);
    const [call] = world.api.heard;
    expect(call?.status).toBe(200);
    const sent = JSON.stringify([call, [...(call?.query ?? [])]]);
    expect(sent).not.toContain(CLIENT_KEY);
    expect(sent).not.toContain(basicOf("portal", CLIENT_KEY));
  });

  it("stores what only reads, and forwards what it does not know each time", async () => {
    await using world = await startWorld(name);
    await world.ask(preset.unlisted);
    expect(cacheStatus(await world.ask(preset.unlisted))).not.toMatch(HIT);
    expect(world.api.heard).toHaveLength(2);
    const { reads = preset.unlisted } = preset;
    const first = await world.ask(reads).then((response) => response.text());
    const again = await world.ask(reads);
    const stores = preset.reads !== undefined;
    expect(HIT.test(cacheStatus(again))).toBe(stores);
    expect((await again.text()) === first).toBe(stores);
    expect(world.api.heard).toHaveLength(stores ? 3 : 4);
  });

  it("asks anew after a write", async () => {
    await using world = await startWorld(name);
    const { reads = preset.unlisted } = preset;
    const first = await world.ask(reads).then((response) => response.text());
    await world.ask(preset.write);
    const again = await world.ask(reads);
    expect(cacheStatus(again)).not.toMatch(HIT);
    expect(await again.text()).not.toBe(first);
  });

  it("passes errors on in the API's own form and never stores them", async () => {
    await using world = await startWorld(name);
    const { status, body } = preset.fails;
    for (const count of [1, 2]) {
      const response = await world.ask(preset.fails);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.json()).toEqual(body);
      expect(world.api.heard).toHaveLength(count);
    }
  });

  it("tells the operator, not the client, where the API refuses the key", async () => {
    const wrong = preset.keys.map((one) => ({ ...one, value: "not-the-right-key" }));
    await using world = await startWorld(name, { keys: wrong });
    const response = await world.ask(preset.unlisted);
    const text = await response.text();
    // The others say so in an envelope or by a status that has other meanings, which passes on.
    expect(text.includes("urn:sluice:problem:upstream-refused-key")).toBe(preset.refused === true);
    expect(text).not.toContain("not-the-right-key");
  });

  it("passes on what the API tells of its limit, and stops at its 429", async () => {
    await using world = await startWorld(name, { limit: 2 });
    const told = await world.ask(preset.unlisted);
    expect(preset.limitFields.filter((field) => !told.headers.has(field))).toEqual([]);
    await world.ask(preset.unlisted);
    // The gateway believes in 900 a minute, the API in 2.
    const throttled = await world.ask(preset.unlisted, { Prefer: "wait=0" });
    expect(throttled.status).toBe(429);
    expect(world.api.heard).toHaveLength(3);
    expect(world.api.heard.at(-1)?.status).toBe(429);
    const refused = await world.ask(preset.unlisted, { Prefer: "wait=0" });
    expect(await refused.json()).toMatchObject({ type: "urn:sluice:problem:deadline-passed" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(preset.retryAfter ? 50 : 0);
    expect(world.api.heard).toHaveLength(3);
  });
});

describe("the preset helpscout", () => {
  it("counts a write as two requests, as the API does", async () => {
    await using world = await startWorld("helpscout");
    const wrote = await world.ask(PRESETS.helpscout.write);
    expect(wrote.headers.get("ratelimit")).toMatch(/^"api";r=898;/);
    expect(wrote.headers.get("x-ratelimit-remaining-minute")).toBe("998");
  });
});
