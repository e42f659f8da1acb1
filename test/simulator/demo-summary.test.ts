import { describe, expect, it } from "vitest";
import { legend, summary, type DemoState } from "./demo-summary.ts";

const NOTHING = {
  asked: 0,
  fromStore: 0,
  stale: 0,
  collapsed: 0,
  forwarded: 0,
  refused: 0,
  failed: 0,
  throttled: 0,
  clientsLeft: 0,
};

function state(total: Partial<typeof NOTHING>, pausedForMs = 0): DemoState {
  const count = { ...NOTHING, ...total };
  return {
    seconds: 12.3,
    status: {
      store: "embedded",
      draining: false,
      total: count,
      consumers: { watch: NOTHING, portal: count },
      upstreams: {
        clientexec: {
          waiting: 4,
          underWay: 1,
          storeLost: false,
          standings: [{ quota: "clientexec", used: 18, resetInMs: 0 }],
          limits: { clientexec: 20 },
          pausedForMs,
          circuit: { state: "closed", openings: 0 },
        },
      },
    },
    arrivals: 31,
    violations: 0,
    worst: 19,
    purges: 2,
  };
}

const BUSY = { asked: 120, fromStore: 70, stale: 8, collapsed: 10, forwarded: 25 };

describe("summary()", () => {
  it("has a line a service in the order of names, and one for all", () => {
    const lines = summary(state({ ...BUSY, refused: 9, failed: 1, clientsLeft: 10 }));
    const words = lines.slice(0, 4).map((line) => line.trim().split(/ {2,}/));
    expect(words).toEqual([
      ["12 s", "asked", "from store", "stale", "collapsed", "sent", "refused", "failed"],
      ["portal", "120", "70", "8", "10", "25", "9", "1"],
      ["watch", "0", "0", "0", "0", "0", "0", "0"],
      ["all", "120", "70", "8", "10", "25", "9", "1"],
    ]);
  });

  it("says which share was answered without a call, and what that saved: what nobody was answered counts for neither", () => {
    const text = summary(state({ ...BUSY, refused: 9, failed: 1, clientsLeft: 10 })).join("\n");
    expect(text).toContain("answered without a call: 80 of 100 answers, 80 % (70 from store");
    expect(text).toContain("8 of them stale; 10 collapsed)");
    expect(text).toContain("calls saved: 75, since 100 answers took 25 calls of the API");
  });

  it("claims nothing before there is an answer", () => {
    const text = summary(state({ asked: 2, refused: 2, forwarded: 1 })).join("\n");
    expect(text).toContain("0 of 0 answers, 0 %");
    expect(text).toContain("calls saved: 0,");
  });

  it("shows the quota as the gateway and as the upstream see it, and a pause while there is one", () => {
    const lines = summary(state({}, 2500));
    expect(lines).toContain(
      "quota  [##################..] 18/20 in 6 s   waiting 4   paused 2.5 s",
    );
    expect(lines).toContain("upstream saw 31 requests, fullest window 19 of 20, violations = 0");
    expect(summary(state({})).join("\n")).not.toContain("paused");
  });
});

describe("legend()", () => {
  it("explains each column of the picture in a line", () => {
    const [titles = ""] = summary(state({}));
    const explained = legend().map((line) => /^ {2}(\S+(?: \S+)?) {2,}\S/.exec(line)?.[1]);
    expect(explained).toEqual(titles.trim().split(/ {2,}/).slice(1));
  });
});
