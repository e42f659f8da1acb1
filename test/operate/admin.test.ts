import { describe, expect, it } from "vitest";
import { createAdmin } from "../../src/operate/admin.ts";

function admin(changes: { token?: string; missing?: string[] } = {}) {
  const { token = "", missing = [] } = changes;
  return createAdmin({ token, missing: () => missing, status: () => ({ waiting: 3 }) });
}

describe("createAdmin()", () => {
  it("says that it lives, whatever is missing", async () => {
    const answer = await admin({ missing: ["the store"] }).request("/livez");
    expect(answer.status).toBe(200);
  });

  it("says what keeps it from being ready, with 503", async () => {
    const answer = await admin({ missing: ["the store does not answer"] }).request("/readyz");
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ ready: false, missing: ["the store does not answer"] });
  });

  it("answers probes without the token, and the status only with it", async () => {
    const guarded = admin({ token: "let-me-in" });
    expect((await guarded.request("/readyz")).status).toBe(200);
    expect((await guarded.request("/status")).status).toBe(401);
    const wrong = { headers: { authorization: "Bearer let-me-out" } };
    expect((await guarded.request("/status", wrong)).status).toBe(401);
    const right = { headers: { authorization: "Bearer let-me-in" } };
    expect(await (await guarded.request("/status", right)).json()).toEqual({ waiting: 3 });
  });

  it("needs no token where none is configured", async () => {
    expect((await admin().request("/status")).status).toBe(200);
  });
});
