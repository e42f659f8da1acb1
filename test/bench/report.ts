import { readFileSync, writeFileSync } from "node:fs";

/*
 * What a run of the benchmark leaves behind: a table between two markers of docs/performance.md, and a picture.
 */

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly against: string;
  /** As the bar is put; `""`: there is none. */
  readonly bar: string;
  readonly shown: string;
}

/** One server in the picture. */
export interface Bar {
  readonly name: string;
  /** Microseconds of processor time for a hit. */
  readonly cpuMicros: number;
}

const MARKS = ["<!-- figures: npm run bench -->", "<!-- /figures -->"] as const;

/** The table as Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const head = ["| what | against | aimed at | shown |", "|---|---|---|---|"];
  const lines = rows.map(
    ({ what, against, bar, shown }) => `| ${what} | ${against} | ${bar} | ${shown} |`,
  );
  return [...head, ...lines].join("\n");
}

/** The text with what stands between the marks replaced. @throws Error where they are missing. */
export function between(text: string, figures: string): string {
  const [from, to] = MARKS.map((mark) => text.indexOf(mark));
  if (from === undefined || to === undefined || from === -1 || to < from) {
    throw new Error(`The marks ${MARKS.join(" and ")} are missing.`);
  }
  return `${text.slice(0, from + MARKS[0].length)}\n\n${figures}\n\n${text.slice(to)}`;
}

/** Horizontal bars, the cheapest first, as SVG for light and dark pages. */
export function pictureOf(bars: readonly Bar[]): string {
  const sorted = bars.toSorted((one, other) => one.cpuMicros - other.cpuMicros);
  const most = Math.max(...sorted.map(({ cpuMicros }) => cpuMicros));
  const lines = sorted.map(({ name, cpuMicros }, index) => {
    const y = 44 + index * 34;
    const width = Math.max(1, Math.round((cpuMicros / most) * 380));
    const kind = name === "sluice" ? "ours" : "theirs";
    return `  <text x="150" y="${y + 16}" text-anchor="end">${name}</text>
  <rect class="${kind}" x="160" y="${y}" width="${width}" height="24" rx="3"/>
  <text x="${168 + width}" y="${y + 16}">${cpuMicros.toFixed(0)} us</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 ${60 + sorted.length * 34}" role="img">
<title>Processor time of one answer from store, by server</title>
<desc>Less is better: ${sorted.map(({ name, cpuMicros }) => `${name} ${cpuMicros.toFixed(0)} us`).join(", ")}.</desc>
  <style>
    text { font: 14px sans-serif; fill: #222; } .ours { fill: #1769aa; } .theirs { fill: #9aa5ad; }
    @media (prefers-color-scheme: dark) { text { fill: #ddd; } .ours { fill: #6ab7ff; } .theirs { fill: #6b757c; } }
  </style>
  <text x="10" y="24">Processor time of one answer from store: less is better</text>
${lines.join("\n")}
</svg>
`;
}

/** Writes both. */
export function writeReport(root: string, rows: readonly Row[], bars: readonly Bar[]): void {
  const page = `${root}/docs/performance.md`;
  writeFileSync(page, between(readFileSync(page, "utf8"), tableOf(rows)));
  writeFileSync(`${root}/docs/pictures/performance.svg`, pictureOf(bars));
}
