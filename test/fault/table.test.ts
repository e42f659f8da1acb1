import { describe, expect, it } from "vitest";
import { between, isClean, rowsOf, tableText } from "./table.ts";
import type { Verdict } from "./auditor.ts";

function verdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    faults: ["one"],
    exchanges: 100,
    violations: 0,
    worst: 20,
    lost: 0,
    wrong: 0,
    duplicates: 0,
    problems: {},
    fromStore: 50,
    recoveredMs: 1240,
    findings: [],
    ...changes,
  };
}

describe("rowsOf()", () => {
  it("has a row a fault, one for all pairs and one for everything", () => {
    const rows = rowsOf([
      verdict({ faults: [] }),
      verdict({ wrong: 1, lost: 2 }),
      verdict({ faults: ["one", "two"], recoveredMs: 2000, worst: 30 }),
      verdict({ faults: ["two", "three"], duplicates: 1 }),
    ]);
    expect(rows).toEqual([
      ["none", "100", "0", "0", "0", "20", "1.2 s", "50"],
      ["one", "100", "0", "3", "0", "20", "1.2 s", "50"],
      ["2 pairs of chance", "200", "0", "0", "1", "30", "2.0 s", "100"],
      ["**all**", "400", "0", "3", "1", "30", "2.0 s", "200"],
    ]);
  });

  it("says where recovery was not seen within the round", () => {
    const { recoveredMs, ...unseen } = verdict();
    expect(recoveredMs).toBeDefined();
    expect(rowsOf([unseen])[0]?.[6]).toBe("later");
  });
});

describe("isClean()", () => {
  it.each(["violations", "lost", "wrong", "duplicates"] as const)("is false with %s", (what) => {
    expect(isClean(verdict())).toBe(true);
    expect(isClean(verdict({ [what]: 1 }))).toBe(false);
  });
});

function marks(part: string): string {
  return `<!-- fault bench${part}: begin -->\n<!-- fault bench${part}: end -->`;
}

describe("between()", () => {
  const begin = "<!-- fault bench: begin -->";
  const end = "<!-- fault bench: end -->";

  it("replaces what is between the marks, and nothing else", () => {
    const document = `# A\n\n${begin}\nold\n${end}\n\nB\n`;
    expect(between({ text: document, part: "" }, "new")).toBe(
      `# A\n\n${begin}\n\nnew\n\n${end}\n\nB\n`,
    );
  });

  it("leaves the other parts alone", () => {
    const document = `${marks("")}\n${marks(" sentinel")}\n`;
    const written = between({ text: document, part: " sentinel" }, "new");
    expect(written.startsWith(marks(""))).toBe(true);
    expect(written).toContain("<!-- fault bench sentinel: begin -->\n\nnew\n\n");
  });

  it("says where the marks are missing", () => {
    expect(() => between({ text: "# A\n", part: "" }, "new")).toThrow("not in the document");
  });

  it("has the command and a table for each store", () => {
    const sections = [{ kind: "redis" as const, instances: 3, verdicts: [verdict()] }];
    const text = tableText({ command: "npm run it", sections });
    expect(text).toContain("Written by `npm run it`.");
    expect(text).toContain("On one Redis, 3 instances:");
    expect(text).toContain("| one | 100 |");
  });
});
