import { describe, expect, it } from "vitest";
import { metricsTable, withTable } from "../../src/observe/write-metrics-table.ts";
import { repositoryFile } from "../deploy/repository-file.ts";

/** Formatters pad a table's columns and lengthen its rule. */
const plain = (text: string): string => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");

describe("metricsTable()", () => {
  it("is what docs/metrics.md holds: npm run metrics writes it", () => {
    const document = plain(repositoryFile("docs/metrics.md"));
    expect(document).toBe(withTable(document, plain(metricsTable())));
  });

  it("has a row for a metric with its labels", () => {
    expect(metricsTable()).toContain(
      "| `sluice_quota_limit` | gauge | `upstream` `quota` | Units that may leave",
    );
  });
});

describe("withTable()", () => {
  it("puts a table in the place of the one before, and nowhere else", () => {
    const document = "a\n<!-- metrics: begin -->\n\nold\n\n<!-- metrics: end -->\nb\n";
    expect(withTable(document, "new")).toBe(
      "a\n<!-- metrics: begin -->\n\nnew\n\n<!-- metrics: end -->\nb\n",
    );
    expect(() => withTable("a", "new")).toThrow("no <!-- metrics");
  });
});
