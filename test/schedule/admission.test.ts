import { describe, expect, it } from "vitest";
import { Admission, isHopeless } from "../../src/schedule/admission.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { terms } from "../support/ledger-world.ts";
import { MemoryLedger, SharedMemory } from "../support/memory-ledger.ts";

function bench() {
  const [shared, clock] = [new SharedMemory(), new FakeClock()];
  const ledger = new MemoryLedger(shared, terms(), clock);
  return { shared, clock, admission: new Admission({ ledger, clock, terms: terms() }) };
}

const applicant = (deadline: number, consumer = "a") => {
  return { consumer, weight: 1, cost: 1, urgency: 3, deadline };
};
const judged = (waitMs: number, leftMs: number): boolean =>
  isHopeless({ place: 1, waitMs, boundMs: waitMs }, leftMs);
const NOBODY = new Map<string, number>();

describe("isHopeless()", () => {
  it("allows the forecast an error of a second, or of a tenth where that is more", () => {
    expect([judged(5000, 4000), judged(5000, 3999)]).toEqual([false, true]);
    expect([judged(50_000, 45_000), judged(50_000, 44_999)]).toEqual([false, true]);
    expect([judged(900, 0), judged(1001, 0)]).toEqual([false, true]);
  });
});

describe("Admission", () => {
  it("knows nothing before it has looked, nor once that was too long ago", async () => {
    const { admission, clock } = bench();
    expect(admission.judge(applicant(0))).toBe("unknown");
    expect(admission.foresee(applicant(0))).toBeUndefined();
    await admission.look(NOBODY);
    expect(admission.judge(applicant(0))).toBe("in-time");
    await clock.advance(201);
    expect(admission.judge(applicant(0))).toBe("unknown");
    expect(admission.foresee(applicant(0))).toMatchObject({ place: 1, waitMs: 0 });
  });

  it("asks the ledger once, however many want to know", async () => {
    const { admission, clock, shared } = bench();
    await Promise.all([1, 2, 3].map(() => admission.look(NOBODY)));
    await admission.look(NOBODY);
    expect(shared.outlooks).toBe(1);
    await clock.advance(201);
    await admission.look(NOBODY);
    expect(shared.outlooks).toBe(2);
  });

  it("tells what awaits one who is too late, and counts who joins and leaves", async () => {
    const { admission } = bench();
    await admission.look(NOBODY);
    for (let index = 0; index < 40; index += 1) admission.note(applicant(0), "joins");
    expect(admission.judge(applicant(5000))).toMatchObject({ place: 41 });
    for (let index = 0; index < 40; index += 1) admission.note(applicant(0), "leaves");
    expect(admission.judge(applicant(5000))).toBe("in-time");
  });

  it("goes on without knowing where the ledger is out of reach", async () => {
    const { admission, shared } = bench();
    shared.failing = "before";
    await admission.look(NOBODY);
    expect(admission.judge(applicant(0))).toBe("unknown");
  });
});
