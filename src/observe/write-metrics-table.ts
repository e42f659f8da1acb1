import { readFileSync, writeFileSync } from "node:fs";
import { Metrics } from "./metrics.ts";

const FILE = new URL("../../docs/metrics.md", import.meta.url);

const [BEGIN, END] = ["<!-- metrics: begin -->", "<!-- metrics: end -->"];

/** The gateway's own metrics as docs/metrics.md lists them: one row each, in the order in which a scrape tells them. */
export function metricsTable(): string {
  const rows = new Metrics({ version: "", node: "" }, []).definitions
    .filter(({ name }) => name.startsWith("sluice_"))
    .map(({ name, type, labels, help }) => {
      const names = labels.map((label) => `\`${label}\``).join(" ");
      return `| \`${name}\` | ${type} | ${names} | ${help} |`;
    });
  return ["| Metric | Type | Labels | What it tells |", "| --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}

/** A document with the table put where it belongs. @throws Error where the document has no such place. */
export function withTable(document: string, table: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`There is no ${BEGIN}.`);
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}

if (import.meta.main) {
  writeFileSync(FILE, withTable(readFileSync(FILE, "utf8"), metricsTable()));
}
