import { describe, expect, it } from "vitest";
import { PrivateLeg } from "../../src/legs/private.ts";
import { Invalidation } from "../../src/store/invalidate.ts";
import { MemoryCacheStore } from "../support/memory-cache-store.ts";
import { route } from "../support/settings.ts";
import { Workbench } from "../support/workbench.ts";
import type { ClientExchange } from "../../src/exchange.ts";

const PATH = "api path /x";

function open() {
  const bench = new Workbench();
  const store = new MemoryCacheStore();
  const leg = new PrivateLeg({ store, invalidation: new Invalidation(store) });
  const write = (): ClientExchange => {
    const exchange = bench.exchange({});
    const asked = { ...exchange.asked, method: "PUT", route: route({ invalidates: ["things"] }) };
    // What of a client's request the leg asks for.
    const request = { ...exchange.request, method: "PUT", inform: () => {} };
    return { ...exchange, asked, request: request as unknown as ClientExchange["request"] };
  };
  return { bench, store, leg, write };
}

describe("answer()", () => {
  it("announces a write before it leaves, and answers when all that it changed is invalidated", async () => {
    const { bench, store, leg, write } = open();
    const fields = ["Location", "/other", "Cache-Group-Invalidation", '"shelf"'];
    bench.client.script.push({ status: 201, fields });
    const exchange = write();
    const answering = leg.answer(exchange, "method");
    await bench.clock.advance(1);
    expect((await answering).status).toBe(201);
    const names = [PATH, "api group things"];
    const beside = ["api path /other", "api origin-group shelf", "api origin-groups"];
    expect(store.calls).toEqual([
      `mark ${names.join()}`,
      `bump hard ${[...names, ...beside].join()}`,
      `unmark ${names.join()}`,
    ]);
    expect(exchange.notes.cache).toMatchObject({ kind: "forward", reason: "method" });
  });

  it("leaves the marks of a write whose outcome is not known", async () => {
    const { bench, store, leg, write } = open();
    bench.client.script.push({ fault: "timeout" });
    const answering = leg.answer(write(), "method");
    answering.catch(() => {});
    await bench.clock.advance(1);
    await expect(answering).rejects.toMatchObject({ type: "upstream-timeout" });
    expect(store.calls.map((call) => call.split(" ")[0])).toEqual(["mark", "bump", "mark"]);
  });
});
