import { describe, expect, it } from "vitest";
import { Holdings } from "../../src/schedule/holdings.ts";
import { policyOf } from "../support/policies.ts";

function ticket(name: string, since = 0) {
  return { ticket: name, consumer: "a", weight: 1, cost: 1, urgency: 3, since, returning: false };
}

describe("takeReport()", () => {
  it("tells each thing once", () => {
    const holdings = new Holdings(() => 1000);
    holdings.add(ticket("t1"));
    holdings.add(ticket("t2"));
    holdings.drop("t2");
    const first = holdings.takeReport(40, false);
    expect(first.joins).toMatchObject([{ ticket: "t1", waitedMs: 40 }]);
    expect(first.leaves).toEqual(["t2"]);
    expect(holdings.takeReport(50, false)).toMatchObject({ joins: [], leaves: [] });
  });

  it("hands in everything: what waits, what left, and whom it heard of", () => {
    const holdings = new Holdings(() => 1000);
    for (const name of ["t1", "t2", "t3"]) holdings.add(ticket(name));
    holdings.takeReport(0, false);
    holdings.grant("t1", 10);
    holdings.grant("t2", 10);
    holdings.depart("t1", 20);
    holdings.end("t1", "answered");
    holdings.learnPeers(["p", "q"]);
    holdings.add(ticket("t4"));
    const { everything, joins, ended } = holdings.takeReport(100, true);
    expect(everything?.waiting).toMatchObject([{ ticket: "t3", returning: true }]);
    expect(everything?.departed).toEqual([
      { ticket: "t1", consumer: "a", cost: 1, agoMs: 80, underWay: false },
      { ticket: "t2", consumer: "a", cost: 1, agoMs: 0, underWay: true },
    ]);
    expect(everything?.peers).toEqual(["p", "q"]);
    expect(joins).toMatchObject([{ ticket: "t4", returning: false }]);
    expect(ended).toEqual([{ ticket: "t1", outcome: "answered" }]);
  });
});

describe("grant()", () => {
  it("returns a unit whose ticket has left meanwhile", () => {
    const holdings = new Holdings(() => 1000);
    holdings.add(ticket("t1"));
    holdings.drop("t1");
    expect(holdings.grant("t1", 0)).toBe(false);
    expect(holdings.takeReport(0, false).returned).toEqual(["t1"]);
  });
});

describe("forget()", () => {
  it("keeps a departure while a window may count it or it is under way", () => {
    const holdings = new Holdings(() => 1000);
    for (const name of ["t1", "t2"]) {
      holdings.add(ticket(name));
      holdings.grant(name, 0);
      holdings.depart(name, 0);
    }
    holdings.end("t1", "failed");
    holdings.takeReport(0, false);
    holdings.forget(1000);
    expect(holdings.takeReport(0, true).everything?.departed).toHaveLength(2);
    // Gone through a moment ago.
    holdings.forget(1001);
    expect(holdings.takeReport(0, true).everything?.departed).toHaveLength(2);
    holdings.forget(1500);
    expect(holdings.takeReport(0, true).everything?.departed).toMatchObject([{ ticket: "t2" }]);
    expect([holdings.underWay, holdings.matters]).toEqual([1, true]);
  });
});

describe("a ticket under policies", () => {
  it("tells of them as long as one of their windows may count it", () => {
    const holdings = new Holdings(() => 1000);
    const policies = [policyOf("r", 3)];
    holdings.add({ ...ticket("t"), policies });
    expect(holdings.takeReport(0, false).joins).toMatchObject([{ policies }]);
    holdings.grant("t", 0);
    holdings.depart("t", 0);
    holdings.end("t", "answered");
    holdings.forget(2100);
    expect(holdings.takeReport(0, true).everything?.departed).toMatchObject([{ policies }]);
    expect(holdings.matters).toBe(true);
    holdings.forget(2600);
    expect(holdings.matters).toBe(false);
  });

  it("tells of every probe that was answered", () => {
    const holdings = new Holdings(() => 1000);
    for (const probe of ["t", "u"]) holdings.answer(probe);
    const report = holdings.takeReport(0, false);
    expect(report.answered).toEqual(["t", "u"]);
    holdings.answer("v");
    holdings.keep(report);
    expect(holdings.takeReport(0, false).answered).toEqual(["t", "u", "v"]);
  });
});

describe("keep()", () => {
  it("tells again what a lost report said had ended", () => {
    const holdings = new Holdings(() => 1000);
    holdings.keep({ ended: [{ ticket: "t", outcome: "answered" }] });
    expect(holdings.takeReport(0, true).ended).toHaveLength(1);
  });
});

describe("refuse()", () => {
  it("forgets a ticket without a word to the ledger", () => {
    const holdings = new Holdings(() => 1000);
    holdings.add(ticket("t"));
    holdings.takeReport(0, false);
    holdings.refuse("t");
    expect(holdings.waiting).toBe(0);
    expect(holdings.takeReport(0, false).leaves).toEqual([]);
  });
});
