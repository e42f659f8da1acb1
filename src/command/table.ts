/** Rows under their heads, in columns; those whose every cell is a number stand to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows];
  const widths = heads.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const numeric = heads.map((_, at) => rows.every((row) => /^[\d.]+ ?%?$/.test(row[at] ?? "")));
  const text = lines.map((line) =>
    line
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return numeric[at] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n`;
}
