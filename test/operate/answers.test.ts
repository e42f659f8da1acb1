import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { bodyOf, problem, teller } from "../../src/operate/answers.ts";
import type { HttpBindings } from "@hono/node-server";

describe("bodyOf()", () => {
  it("reads JSON, and makes nothing of anything else", async () => {
    const app = new Hono<{ Bindings: Partial<HttpBindings> }>();
    app.post("/", async (context) => context.json({ read: (await bodyOf(context)) ?? "nothing" }));
    const read = async (body: string): Promise<unknown> =>
      (await app.request("/", { method: "POST", body })).json();
    expect(await read('{"a":1}')).toEqual({ read: { a: 1 } });
    expect(await read("{")).toEqual({ read: "nothing" });
    expect(await read("")).toEqual({ read: "nothing" });
  });
});

describe("problem()", () => {
  it("is a document of RFC 9457", async () => {
    const app = new Hono();
    app.get("/", (context) => problem(context, 409, "Taken."));
    const answer = await app.request("/");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      409,
      "application/problem+json",
    ]);
    expect(await answer.json()).toEqual({ type: "about:blank", status: 409, detail: "Taken." });
  });
});

describe("teller()", () => {
  it("says who ordered and from where, and never the token", async () => {
    const told: unknown[] = [];
    const app = new Hono<{ Bindings: Partial<HttpBindings> }>();
    const terms = { token: "let-me-in", audit: { add: (entry: unknown) => void told.push(entry) } };
    app.get("/", (context) => {
      teller(context, terms, { action: "rotate-key", order: { name: "a" } })("done");
      return context.body(null, 204);
    });
    await app.request("/", {}, { incoming: { socket: { remoteAddress: "192.0.2.7" } } });
    await app.request("/");
    const entry = { action: "rotate-key", order: { name: "a" }, result: "done" };
    const who = expect.stringMatching(/^token [0-9a-f]{8}$/) as unknown;
    expect(told).toEqual([
      { ...entry, who, address: "192.0.2.7" },
      { ...entry, who, address: "" },
    ]);
  });
});
