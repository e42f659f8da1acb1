/** A fenced block of a document. */
export interface Block {
  /** What stands behind the fence: `sh server`. */
  readonly info: string;
  readonly body: string;
}

/** The fenced blocks of a document, in order. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = "", body = ""]) => ({
    info: info.trim(),
    body,
  }));
}

/** Lines of an expected output that are not found, in this order, in what came; `…` stands for anything. */
export function missingLines(expected: string, came: string): string[] {
  let from = 0;
  return expected
    .split("\n")
    .filter((line) => line.trim() !== "")
    .filter((line) => {
      const pattern = line
        .split("…")
        .map((part) => RegExp.escape(part))
        .join(".*");
      const found = new RegExp(pattern).exec(came.slice(from));
      if (found) from += found.index + found[0].length;
      return !found;
    });
}
