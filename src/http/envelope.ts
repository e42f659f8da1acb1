/** A top-level member whose value marks an error, for instance `"error": true`. */
export interface EnvelopeMark {
  readonly member: string;
  readonly is: boolean;
}

/**
 * True where a JSON body says by one of the marks that it is an error, although its status says 200.
 * A body that should be JSON and cannot be read is an error too. Spellings that PHP produces for a
 * truth value ("true", 1, "1") count as it.
 */
export function isErrorEnvelope(body: string, marks: readonly EnvelopeMark[]): boolean {
  if (marks.length === 0) return false;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return true;
  }
  if (typeof value !== "object" || value === null) return false;
  const entries = Object.entries(value);
  return marks.some(({ member, is }) =>
    entries.some(
      ([name, entry]) => name.toLowerCase() === member.toLowerCase() && truth(entry) === is,
    ),
  );
}

function truth(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  if (/^(?:true|1)$/i.test(text)) return true;
  return /^(?:false|0)$/i.test(text) ? false : undefined;
}
