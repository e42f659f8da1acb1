import type { Asked } from "./quota-world.ts";

/** What a consumer's requests waited, in milliseconds; those that never left are left out. */
export function waitsOf(asked: readonly Asked[], consumer: string): number[] {
  return asked.flatMap(({ consumer: who, askedAt, departedAt }) =>
    who === consumer && departedAt !== undefined ? [departedAt - askedAt] : [],
  );
}

/** How many requests of a consumer left in a span of the world's time. */
export function servedIn(
  asked: readonly Asked[],
  consumer: string,
  [from, to]: readonly [number, number],
): number {
  return asked.filter(
    ({ consumer: who, departedAt = -1 }) =>
      who === consumer && departedAt >= from && departedAt < to,
  ).length;
}

/** Jain's index of fairness: 1 where all have the same, 1 / n where one has all. */
export function jain(amounts: readonly number[]): number {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const squares = amounts.reduce((total, amount) => total + amount * amount, 0);
  return squares === 0 ? 1 : (sum * sum) / (amounts.length * squares);
}

/** The smallest value that at least such a part of the values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

/** Lines of a table, for a test's output. */
export function table(
  rows: readonly (readonly [name: string, bar: string, came: string])[],
): string {
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
