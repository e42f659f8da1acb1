import { describe, expect, it } from "vitest";
import { Circuit, type CircuitTerms } from "../../src/forward/circuit.ts";

const TERMS: CircuitTerms = { failures: 0.5, least: 10, windowMs: 30_000, openMs: 10_000 };

/** Notes so many outcomes of forwards that have begun at that instant. */
function note(
  circuit: Circuit,
  [count, failed, route = "/a"]: readonly [number, boolean, string?],
  at = 0,
): void {
  for (let done = 0; done < count; done += 1) circuit.note({ route, failed, beganAt: at }, at);
}

function opened(at = 0): Circuit {
  const circuit = new Circuit(TERMS);
  note(circuit, [10, true], at);
  return circuit;
}

describe("note()", () => {
  it("opens where the share of failures is reached, and not before there are enough outcomes", () => {
    const circuit = new Circuit(TERMS);
    note(circuit, [9, true]);
    expect([circuit.state(0), circuit.admit(0)]).toEqual(["closed", { kind: "pass" }]);
    expect(circuit.note({ route: "/a", failed: true, beganAt: 0 }, 0)).toBe(true);
    expect([circuit.state(0), circuit.openings]).toEqual(["open", 1]);
  });

  it.each([
    [11, 9, "closed"],
    [10, 10, "open"],
  ])("of %i answers and then %i failures on one route leaves it %s", (well, failed, state) => {
    const circuit = new Circuit(TERMS);
    note(circuit, [well, false]);
    note(circuit, [failed, true]);
    expect(circuit.state(0)).toBe(state);
  });

  it("does not open for one route while another is well", () => {
    const circuit = new Circuit(TERMS);
    note(circuit, [5, false, "/well"]);
    note(circuit, [50, true, "/slow"]);
    expect(circuit.state(0)).toBe("closed");
  });

  it("opens although a few answers of another route came", () => {
    const circuit = new Circuit(TERMS);
    note(circuit, [4, false, "/seldom"]);
    note(circuit, [20, true, "/slow"]);
    expect(circuit.state(0)).toBe("open");
  });

  it("forgets what is older than the window", () => {
    const circuit = new Circuit(TERMS);
    note(circuit, [9, true], 0);
    note(circuit, [9, true], 40_000);
    expect(circuit.state(40_000)).toBe("closed");
  });

  it("learns nothing where it is switched off", () => {
    const circuit = new Circuit({ ...TERMS, openMs: 0 });
    note(circuit, [100, true]);
    expect(circuit.state(0)).toBe("closed");
  });
});

describe("admit()", () => {
  it("refuses while open and tells for how long, then lets one probe out at a time", () => {
    const circuit = opened();
    expect(circuit.admit(4000)).toEqual({ kind: "refused", forMs: 6000 });
    expect(circuit.state(10_000)).toBe("half-open");
    expect(circuit.admit(10_000).kind).toBe("probe");
    expect(circuit.admit(10_000)).toEqual({ kind: "refused", forMs: undefined });
  });

  it("closes when the probe is answered, and forgets what failed before", () => {
    const circuit = opened();
    circuit.admit(10_000);
    note(circuit, [1, false], 10_000);
    expect([circuit.state(10_000), circuit.admit(10_000).kind]).toEqual(["closed", "pass"]);
    note(circuit, [9, true], 10_001);
    expect(circuit.state(10_001)).toBe("closed");
  });

  it("stays open for another time when the probe fails", () => {
    const circuit = opened();
    circuit.admit(10_000);
    note(circuit, [1, true], 12_000);
    expect(circuit.admit(21_999)).toEqual({ kind: "refused", forMs: 1 });
    expect(circuit.admit(22_000).kind).toBe("probe");
    expect(circuit.openings).toBe(1);
  });

  it("is not swayed by what had begun before the probe, or before it closed", () => {
    const circuit = opened();
    circuit.admit(10_000);
    circuit.note({ route: "/a", failed: false, beganAt: 9999 }, 10_500);
    expect(circuit.state(10_500)).toBe("half-open");
    note(circuit, [1, false], 11_000);
    for (let count = 0; count < 50; count += 1) {
      circuit.note({ route: "/a", failed: true, beganAt: 10_500 }, 12_000);
    }
    expect(circuit.state(12_000)).toBe("closed");
  });
});

describe("release()", () => {
  it("lets another probe out where the first tells nothing, and no third for an old one", () => {
    const circuit = opened();
    const first = circuit.admit(10_000);
    if (first.kind !== "probe") throw new Error("It is no probe.");
    circuit.release(first.probe);
    expect(circuit.admit(10_001).kind).toBe("probe");
    circuit.release(first.probe);
    expect(circuit.admit(10_002).kind).toBe("refused");
  });
});
