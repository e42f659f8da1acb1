import { readFile, writeFile } from "node:fs/promises";
import type { Verdict } from "./auditor.ts";
import type { StoreWorld } from "./stores.ts";

/** What one campaign adds to the table. */
export interface Section {
  readonly kind: StoreWorld["kind"];
  readonly instances: number;
  readonly verdicts: readonly Verdict[];
}

/** All of a table. */
export interface Table {
  /** By which it was made. */
  readonly command: string;
  readonly sections: readonly Section[];
}

const HEAD = [
  "fault",
  "exchanges",
  "violations",
  "wrong or lost",
  "duplicates",
  "worst window",
  "recovered",
  "from store meanwhile",
];

const STORES: Readonly<Record<StoreWorld["kind"], string>> = {
  redis: "one Redis",
  sentinel: "a Redis set behind three sentinels",
  cluster: "a Redis Cluster of three primaries with a replica each",
  embedded: "the embedded store",
};

/** True where no promise was broken. */
export function isClean({ violations, wrong, lost, duplicates }: Verdict): boolean {
  return violations + wrong + lost + duplicates === 0;
}

/** The cells of the table: a row a fault that was alone, one for all pairs, one for everything. */
export function rowsOf(verdicts: readonly Verdict[]): string[][] {
  const pairs = verdicts.filter(({ faults }) => faults.length > 1);
  const alone = verdicts.filter(({ faults }) => faults.length <= 1);
  return [
    ...alone.map((verdict) => rowOf(verdict.faults[0] ?? "none", [verdict])),
    ...(pairs.length === 0 ? [] : [rowOf(`${pairs.length} pairs of chance`, pairs)]),
    rowOf("**all**", verdicts),
  ];
}

function rowOf(name: string, verdicts: readonly Verdict[]): string[] {
  const sum = (of: (verdict: Verdict) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const times = verdicts.map(({ recoveredMs }) => recoveredMs);
  const known = times.filter((ms) => ms !== undefined);
  const slowest = known.length < times.length ? "later" : seconds(Math.max(...known));
  return [
    name,
    String(sum(({ exchanges }) => exchanges)),
    String(sum(({ violations }) => violations)),
    String(sum(({ wrong, lost }) => wrong + lost)),
    String(sum(({ duplicates }) => duplicates)),
    String(Math.max(0, ...verdicts.map(({ worst }) => worst))),
    slowest,
    String(sum(({ fromStore }) => fromStore)),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The text between the marks. */
export function tableText({ command, sections }: Table): string {
  const parts = sections.flatMap(({ kind, instances, verdicts }) => [
    "",
    `On ${STORES[kind]}, ${instances} instances:`,
    "",
    line(HEAD),
    line(HEAD.map(() => "---")),
    ...rowsOf(verdicts).map((row) => line(row)),
  ]);
  return [`Written by \`${command}\`.`, ...parts].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A document, or a part of it that has marks of its own. */
export interface Place {
  readonly text: string;
  /** `""` where there is only one. */
  readonly part: string;
}

/** Puts a text between the marks of a document. @throws Error where they are not there. */
export function between({ text: document, part }: Place, text: string): string {
  const [begin, end] = ["begin", "end"].map((word) => `<!-- fault bench${part}: ${word} -->`);
  const [from, to] = [document.indexOf(begin ?? ""), document.indexOf(end ?? "")];
  if (from === -1 || to < from) throw new Error(`${begin} and ${end} are not in the document`);
  return `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`;
}

/** Puts the table between the marks of a file's part. */
export async function writeTable(file: string, part: string, table: Table): Promise<void> {
  const place = { text: await readFile(file, "utf8"), part };
  await writeFile(file, between(place, tableText(table)));
}
