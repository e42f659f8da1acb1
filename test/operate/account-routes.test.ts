import { describe, expect, it } from "vitest";
import { accountRoutes } from "../../src/operate/account-routes.ts";
import { StoreFault } from "../../src/ports/faults.ts";
import type { AccountCell } from "../../src/ports/accounts.ts";

async function* counted(): AsyncGenerator<readonly AccountCell[]> {
  const at = Date.parse("2026-11-24T20:00Z");
  yield [{ at, consumer: "sync", route: "GET /a", counts: { a: 2, u: 1 } }];
}

function failing(error: Error) {
  return async function* read(): AsyncGenerator<readonly AccountCell[]> {
    yield* counted();
    throw error;
  };
}

function world(read: () => AsyncIterable<readonly AccountCell[]> = counted) {
  const routes = accountRoutes({
    known: { upstreams: [{ name: "api" }] },
    accounts: { read, now: () => Date.parse("2026-11-24T20:30:30Z") },
  });
  const json = async (path: string): Promise<unknown> => (await routes.request(path)).json();
  return { admin: routes, read: json };
}

describe("accountRoutes()", () => {
  it("tells the accounts as JSON, and as CSV to who asks for that", async () => {
    const { admin, read } = world();
    // Once for the upstream, and once for requests of nowhere.
    expect(await read("/accounts")).toMatchObject({
      by: "consumer",
      rows: [{ consumer: "sync", asked: 4 }],
    });
    expect(await read("/accounts?upstream=api")).toMatchObject({
      upstream: "api",
      total: { asked: 2 },
    });
    const named = await admin.request("/accounts.csv?upstream=api&by=route");
    expect(named.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(await named.text()).toMatch(/^route,asked,.*\r\nGET \/a,2,.*\r\n$/);
    const headers = { Accept: "text/csv, application/json;q=0.5" };
    const accepted = await admin.request("/accounts?upstream=api&by=route", { headers });
    expect(accepted.headers.get("content-type")).toMatch(/^text\/csv/);
    expect(accepted.headers.get("vary")).toBe("Accept");
    const any = await admin.request("/accounts", { headers: { Accept: "*/*" } });
    expect(any.headers.get("content-type")).toMatch(/^application\/json/);
  });

  it("refuses a query of the accounts that it does not understand with 400, and says why", async () => {
    const answer = await world().admin.request("/accounts?by=day");
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({
      detail: expect.stringMatching(/"by" must be one of/),
    });
  });

  it("says with 503 that the accounts are out of reach, and that something else is wrong with 500", async () => {
    const away = world(failing(new StoreFault("away")));
    expect((await away.admin.request("/accounts")).status).toBe(503);
    const broken = world(failing(new TypeError("defect")));
    broken.admin.onError((_error, context) => context.body(null, 500));
    expect((await broken.admin.request("/accounts")).status).toBe(500);
  });
});
