import { describe, expect, it } from "vitest";
import { Hono } from "hono";
import { Mask } from "../../src/forward/mask.ts";
import { accessRecord, newNotes } from "../../src/observe/access-record.ts";
import { RecentRecords } from "../../src/observe/recent-records.ts";
import { explainRoutes } from "../../src/operate/explain-routes.ts";
import { route, upstream } from "../support/settings.ts";
import type { Explanation } from "../../src/explain.ts";
import type { Supposition } from "../../src/identify/suppose.ts";

const ROUTE = route({ name: "GET /ticket/**", groups: ["tickets"], safe: true, cost: 2 });
const API = upstream();

function open() {
  const asked: Supposition[] = [];
  const recent = new RecentRecords();
  const explain = async (supposition: Supposition): Promise<Explanation> => {
    asked.push(supposition);
    const { consumer = "operator", ...rest } = supposition;
    const caller = { name: consumer, weight: 1, mayForce: false };
    return {
      supposed: { asked: { ...rest, route: ROUTE, caller, waitMs: 1, urgency: 3 } },
      cache: { kind: "bypassed", why: "no-policy" },
      forward: {
        cost: 2,
        mayWaitMs: 1,
        policies: [],
        pausedMs: 0.2,
        forecast: { place: 2, waitMs: 9.1, boundMs: 10.5, share: 1 / 3, waiting: 1 },
        inTime: "perhaps",
        quotas: [],
      },
      outcome: { kind: "refused", problem: "store-unavailable" },
    };
  };
  const known = { upstreams: [API], consumers: [] };
  const mask = new Mask(["s3cret-key"]);
  const routes = explainRoutes({
    explainer: { explain },
    recent,
    upstreams: () => [API],
    known,
    mask,
  });
  const app = new Hono().route("/explain", routes);
  const post = (body: unknown) =>
    app.request("/explain", { method: "POST", body: JSON.stringify(body) });
  return { asked, recent, app, post };
}

describe("explainRoutes()", () => {
  it("tells route, consumer, cache, forward and outcome, the summary last and the query not at all", async () => {
    const { post, asked } = open();
    const answer = await post({ url: "/api/ticket/5?password=hunter2", consumer: "sync" });
    expect(answer.headers.get("content-type")).toBe("application/json");
    const text = await answer.text();
    expect(text).not.toContain("hunter2");
    const told = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(told).at(-1)).toBe("summary");
    expect(told).toMatchObject({
      method: "GET",
      path: "/ticket/5",
      upstream: "api",
      route: { pattern: "GET /ticket/**", safe: true, cost: 2, groups: ["tickets"] },
      consumer: { name: "sync", allowed: true },
      forward: {
        policies: [],
        pausedMs: 1,
        forecast: { place: 2, waitMs: 10, boundMs: 11, share: 0.333 },
      },
      outcome: { kind: "refused", problem: "store-unavailable" },
    });
    expect(asked).toMatchObject([{ upstream: API, query: "?password=hunter2" }]);
  });

  it("refuses what it cannot read, with 400", async () => {
    const answer = await open().post({ url: 5 });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining(`"url"`) });
  });

  it("tells what became of past exchanges by their id, slashes in it included", async () => {
    const { app, recent } = open();
    const notes = { ...newNotes("job/7", "GET"), path: "/a/s3cret-key", queueMs: 900 };
    const ending = { status: 200, totalMs: 1000, bodyBytes: 0, end: "complete" } as const;
    recent.add(accessRecord(notes, ending), Date.parse("2026-11-24T20:00:00Z"));
    const answer = await app.request("/explain/job%2F7");
    expect(await answer.json()).toMatchObject({
      requestId: "job/7",
      exchanges: [
        {
          endedAt: "2026-11-24T20:00:00.000Z",
          path: "/a/**********",
          queueMs: 900,
          summary: expect.stringMatching(/900 ms in line/),
        },
      ],
    });
    expect((await app.request("/explain/job/7")).status).toBe(200);
    expect((await app.request("/explain/other")).status).toBe(404);
  });
});
