import { describe, expect, it } from "vitest";
import { Audit } from "../../src/observe/audit.ts";

const ENTRY = {
  who: "loopback",
  address: "127.0.0.1",
  action: "purge",
  order: { by: "everything", upstream: "api" },
  result: "done",
} as const;

describe("Audit", () => {
  it("tells of an order in one log line, with its instant", () => {
    const lines: unknown[] = [];
    const log = { info: (line: unknown) => void lines.push(line) };
    const audit = new Audit({ log, clock: { now: () => Date.UTC(2027, 0, 15, 8) } });
    audit.add(ENTRY);
    const told = { ...ENTRY, at: "2027-01-15T08:00:00.000Z" };
    expect(lines).toEqual([{ audit: told }]);
    expect(audit.entries).toEqual([told]);
  });

  it("remembers the last hundred, newest first", () => {
    const audit = new Audit({ log: { info: () => {} }, clock: { now: () => 0 } });
    for (let count = 0; count < 130; count += 1) audit.add({ ...ENTRY, order: { count } });
    const counts = audit.entries.map(({ order }) => order["count"]);
    expect(counts).toHaveLength(100);
    expect([counts[0], counts[99]]).toEqual([129, 30]);
  });
});
