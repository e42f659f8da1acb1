import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Identifier } from "../src/identify/identify.ts";
import { newNotes } from "../src/observe/access-record.ts";
import { readAsked } from "../src/read-asked.ts";
import { settings, upstream } from "./support/settings.ts";
import type { ClientRequest } from "../src/exchange.ts";

const LIMITS = { replayBytes: 100, bodyBytes: 1000 };

function request(changes: Partial<ClientRequest> = {}): ClientRequest {
  const plain = { method: "POST", target: "/api/x", fields: [], address: "::1", hasBody: true };
  const body = Readable.from([Buffer.from("hello")]);
  return { ...plain, body, declaredBytes: 5, ...changes } as ClientRequest;
}

const known = {
  name: "a",
  key: "key-of-a-consumer",
  weight: 1,
  cap: { limit: 9, windowMs: 60_000 },
  priority: 3,
  allow: [],
  mayForce: false,
};

describe("readAsked()", () => {
  it("reads the body of one who is known ahead, and notes who asks for what", async () => {
    const identifier = new Identifier(settings({ upstreams: [upstream()], consumers: [known] }));
    const notes = newNotes("id", "POST");
    const fields = ["Authorization", `Bearer ${known.key}`];
    const kept = { name: "api", limit: 9, windowMs: 60_000, padMs: 0 };
    const { asked, body } = await readAsked(request({ fields }), notes, {
      identifier,
      limits: LIMITS,
      quotasOf: (name) => (name === "api" ? [kept] : undefined),
    });
    expect(asked.caller.name).toBe("a");
    expect(body).toMatchObject({ kind: "whole" });
    expect(notes).toMatchObject({ consumer: "a", path: "/x", weight: 1 });
    // By the limit that is kept: a cap of 9 units could never hold.
    expect(notes.policies).toEqual([]);
  });

  it("tells a stranger so before anything of the body is read", async () => {
    const identifier = new Identifier(settings({ upstreams: [upstream()], consumers: [known] }));
    const asking = request({ fields: ["Authorization", "Bearer another-key"] });
    const how = { identifier, limits: LIMITS, quotasOf: () => undefined };
    const reading = readAsked(asking, newNotes("id", "POST"), how);
    await expect(reading).rejects.toMatchObject({ type: "unknown-consumer" });
    expect(asking.body.readableDidRead).toBe(false);
  });
});
