import { describe, expect, it } from "vitest";
import { Audit } from "../../src/observe/audit.ts";
import { ConsumerDesk } from "../../src/operate/consumer-desk.ts";
import { consumerRoutes } from "../../src/operate/consumer-routes.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  createMemoryConsumers,
  SharedConsumers,
  storedConsumer,
} from "../support/memory-consumers.ts";
import type { Consumer } from "../../src/ports/settings.ts";

const SEED: Consumer = {
  name: "seed",
  key: "seed-key-0123",
  weight: 3,
  priority: 3,
  allow: [],
  mayForce: false,
};

function world(founders: readonly Consumer[] = []) {
  const table = new SharedConsumers();
  const clock = new FakeClock(0);
  const store = createMemoryConsumers(table, { clock });
  const logged: string[] = [];
  const log = { info: (line: unknown) => void logged.push(JSON.stringify(line)) };
  const audit = new Audit({ log, clock });
  const desk = new ConsumerDesk({ store, founders, clock });
  const routes = consumerRoutes({ desk, token: "let-me-in", audit });
  const ask = async (method: string, path = "", body?: unknown) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await routes.request(`/${path}`, { method, ...sent });
    const text = await answer.text();
    const json = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: answer.status, fields: answer.headers, json, text };
  };
  return { ask, table, audit, logged, store, routes };
}

describe("consumerRoutes()", () => {
  it("makes a consumer, tells its key once, and forbids keeping the answer", async () => {
    const { ask, table, logged, audit } = world();
    const made = await ask("POST", "", { name: "sync", weight: 5, allow: ["GET /**"] });
    expect([made.status, made.fields.get("location")]).toEqual([201, "/consumers/sync"]);
    expect(made.fields.get("cache-control")).toBe("no-store");
    expect(made.json).toMatchObject({ name: "sync", weight: 5, allow: ["GET /**"], keys: [{}] });
    const key = String(made.json["key"]);
    const [digest] = /[0-9a-f]{64}/.exec(JSON.stringify(table.kept)) ?? [];
    const seen = [(await ask("GET")).text, (await ask("GET", "sync")).text, ...logged].join("\n");
    expect(seen).toContain("sync");
    expect(seen).not.toContain(key);
    expect(seen).not.toContain(digest);
    expect(made.text).not.toContain(digest);
    expect(audit.entries).toEqual([
      {
        who: expect.stringMatching(/^token [0-9a-f]{8}$/) as unknown,
        address: "",
        action: "create-consumer",
        order: { name: "sync", weight: 5, allow: ["GET /**"] },
        result: "done",
        at: "1970-01-01T00:00:00.000Z",
      },
    ]);
  });

  it("rotates a key, and says until when the old one is valid", async () => {
    const { ask } = world();
    const first = await ask("POST", "", { name: "sync" });
    const second = await ask("POST", "sync/rotate", { overlap: "1h" });
    expect([second.status, second.fields.get("cache-control")]).toEqual([200, "no-store"]);
    expect(second.json["key"]).not.toBe(first.json["key"]);
    expect(second.json["keys"]).toEqual([{}, { until: "1970-01-01T01:00:00.000Z" }]);
  });

  it("changes, disables and removes, each with an entry in the audit", async () => {
    const { ask, audit } = world();
    await ask("POST", "", { name: "sync", maxWait: "5s" });
    const changed = await ask("PATCH", "sync", { weight: 7, maxWait: null });
    expect([changed.status, changed.json["weight"]]).toEqual([200, 7]);
    expect(changed.json).not.toHaveProperty("maxWait");
    expect((await ask("DELETE", "sync")).status).toBe(409);
    expect((await ask("PATCH", "sync", { enabled: false })).json["enabled"]).toBe(false);
    expect((await ask("DELETE", "sync")).status).toBe(204);
    expect((await ask("GET", "sync")).status).toBe(404);
    expect(audit.entries.map(({ action, result }) => `${action} ${result}`).toReversed()).toEqual([
      "create-consumer done",
      "change-consumer done",
      "remove-consumer refused",
      "change-consumer done",
      "remove-consumer done",
    ]);
    expect(audit.entries[3]?.order).toEqual({ name: "sync", weight: 7, maxWait: null });
  });

  it("says where a consumer of the file is defined, and changes it in no way", async () => {
    const { ask, table } = world([SEED]);
    const orders = [
      await ask("POST", "", { name: "seed" }),
      await ask("POST", "seed/rotate", {}),
      await ask("PATCH", "seed", { weight: 9 }),
      await ask("DELETE", "seed"),
    ];
    for (const { status, json, fields } of orders) {
      expect([status, fields.get("content-type")]).toEqual([409, "application/problem+json"]);
      expect(json["detail"]).toContain("configuration file");
    }
    expect(table.kept.version).toBe(0);
    const { text, json } = await ask("GET", "seed");
    expect(json).toMatchObject({ source: "file", weight: 3 });
    expect(text + (await ask("GET")).text).not.toContain("seed-key");
  });

  it("lists everybody, says who is shadowed or damaged, and whether strangers are let in", async () => {
    const { ask, store, table } = world([SEED]);
    await store.change({ kind: "put", consumer: storedConsumer("seed") }, 0);
    await store.change({ kind: "put", consumer: storedConsumer("other") }, 1);
    const { version, gate, records } = table.kept;
    table.kept = { version: version + 1, gate, records: [...records, ["broken", "{"]] };
    expect((await ask("GET")).json).toMatchObject({
      open: false,
      consumers: [
        { name: "seed", source: "file" },
        { name: "other", source: "store" },
      ],
      shadowed: ["seed"],
      damaged: ["broken"],
    });
  });

  it("stays closed without the last consumer, until an operator opens it", async () => {
    const { ask, audit } = world();
    const isOpen = async () => (await ask("GET")).json["open"];
    expect(await isOpen()).toBe(true);
    await ask("POST", "", { name: "only" });
    expect((await ask("PATCH", "", { open: true })).status).toBe(409);
    await ask("PATCH", "only", { enabled: false });
    await ask("DELETE", "only");
    expect(await isOpen()).toBe(false);
    expect((await ask("PATCH", "", { open: true })).status).toBe(204);
    expect(await isOpen()).toBe(true);
    expect(audit.entries[0]).toMatchObject({ action: "open-gateway", order: { open: true } });
  });

  it.each([
    ["POST", ""],
    ["POST", "sync/rotate"],
    ["PATCH", "sync"],
    ["PATCH", ""],
  ])("refuses %s /%s without a body that it knows, and does nothing", async (method, path) => {
    const { ask, table } = world();
    for (const body of [undefined, [], { unknown: 1 }]) {
      expect((await ask(method, path, body)).status).toBe(400);
    }
    expect(table.kept.version).toBe(0);
  });

  it("knows nobody of another name", async () => {
    const { ask } = world();
    const orders = [
      await ask("POST", "who/rotate", {}),
      await ask("PATCH", "who", { weight: 2 }),
      await ask("DELETE", "who"),
      await ask("GET", "who"),
    ];
    expect(orders.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  });

  it("says with 503 that nobody knows whether it was done while the store is away", async () => {
    const { ask, table, audit } = world();
    table.fault = new StoreFault("away");
    const orders = [await ask("GET"), await ask("GET", "a"), await ask("POST", "", { name: "a" })];
    expect(orders.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(audit.entries).toMatchObject([{ result: "store-unavailable" }]);
  });

  it("records an order that failed on a defect", async () => {
    const { ask, table, audit, routes } = world();
    routes.onError((_error, context) => context.body(null, 500));
    table.fault = new TypeError("defect");
    expect((await ask("POST", "", { name: "a" })).status).toBe(500);
    expect(audit.entries).toMatchObject([{ result: "failed" }]);
  });
});
