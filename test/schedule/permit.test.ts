import { describe, expect, it } from "vitest";
import { createPermit, type PermitTerms } from "../../src/schedule/permit.ts";

function permit(changes: Partial<PermitTerms> = {}) {
  const told: string[] = [];
  const made = createPermit({
    ticket: "t",
    waitedMs: 5,
    policies: [],
    askedAt: 100,
    goodForMs: 50,
    monotonic: () => 150,
    pauseKnownAt: () => 0,
    onDepart: () => told.push("departed"),
    onLate: () => told.push("late"),
    onAnswer: () => told.push("head"),
    onEnd: (outcome) => told.push(outcome),
    ...changes,
  });
  return { made, told };
}

describe("answered()", () => {
  it("tells of the head of an answer to what departed, and of nothing else", () => {
    const { made, told } = permit();
    made.answered();
    made.mayDepart();
    made.answered();
    made.end("answered");
    made.answered();
    expect(told).toEqual(["departed", "head", "answered"]);
  });
});

describe("mayDepart()", () => {
  it("says yes once, within its time", () => {
    const { made, told } = permit();
    expect([made.mayDepart(), made.mayDepart()]).toEqual([true, false]);
    made.end("answered");
    expect(told).toEqual(["departed", "answered"]);
  });

  it("says no when it has grown too old", () => {
    const { made, told } = permit({ monotonic: () => 151 });
    expect(made.mayDepart()).toBe(false);
    expect(told).toEqual(["late"]);
  });

  it("says no when a pause has become known since the ledger was asked", () => {
    expect(permit({ pauseKnownAt: () => 100 }).made.mayDepart()).toBe(false);
    expect(permit({ pauseKnownAt: () => 99 }).made.mayDepart()).toBe(true);
  });
});

describe("end()", () => {
  it("gives back what never departed, whatever it is told, and only once", () => {
    const { made, told } = permit();
    made.end("throttled");
    made.end("answered");
    expect(told).toEqual(["returned"]);
    expect(made.mayDepart()).toBe(false);
  });
});

describe("giveBack()", () => {
  it("returns what is not used, and counts as failed what has departed all the same", () => {
    const [unused, departed] = [permit(), permit()];
    unused.made.giveBack();
    departed.made.mayDepart();
    departed.made.giveBack();
    expect([unused.told, departed.told]).toEqual([["returned"], ["departed", "failed"]]);
  });
});

describe("refund()", () => {
  it("gives the units of what departed back once it ends, and not before", () => {
    const { made, told } = permit();
    made.mayDepart();
    made.refund();
    made.answered();
    expect(told).toEqual(["departed", "head"]);
    made.end("answered");
    made.end("answered");
    expect(told).toEqual(["departed", "head", "returned"]);
  });

  it("comes too late after the end", () => {
    const { made, told } = permit();
    made.mayDepart();
    made.end("answered");
    made.refund();
    expect(told).toEqual(["departed", "answered"]);
  });
});
