import { describe, expect, it } from "vitest";
import { statusView } from "../../src/command/status-view.ts";

describe("statusView()", () => {
  it("tells totals, upstreams and consumers, who asks most first", () => {
    const told = {
      store: "redis",
      draining: true,
      total: { asked: 30, fromStore: 15, collapsed: 1, forwarded: 14, refused: 0, failed: 0 },
      consumers: { few: { asked: 10, fromStore: 0 }, many: { asked: 20, fromStore: 15 } },
      upstreams: {
        api: {
          waiting: 3,
          underWay: 1,
          storeLost: false,
          pausedForMs: 1500,
          standings: [{ quota: "api", used: 14, resetInMs: 100 }],
          limits: { api: 20 },
        },
      },
    };
    const text = statusView(told, "http://127.0.0.1:8081");
    expect(text).toContain("store redis, shutting down");
    expect(text).toContain("30 asked: 15 from store (50 %)");
    expect(text).toMatch(/^api +api 14 of 20 +3 +1 +2 s +well$/m);
    expect(text.indexOf("many")).toBeLessThan(text.indexOf("few"));
    expect(text).toMatch(/^many +20 +75 %/m);
  });

  it("says so where nobody has asked", () => {
    expect(statusView({ store: "embedded" }, "x")).toContain("Nobody has asked yet.");
  });
});
