/**
 * Field lines as they stand on the wire: a flat list `[name, value, name, value, ...]` that keeps
 * order, letter case and duplicates (RFC 9110 section 5.2). Node calls this form `rawHeaders`.
 */
export type RawFields = readonly string[];

/** Each `[name, value]` pair, in the order received. */
export function* eachField(fields: RawFields): Generator<readonly [name: string, value: string]> {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    yield [fields[index] ?? "", fields[index + 1] ?? ""];
  }
}

/** The values of every line named `name`, in order; the name in any letter case. */
export function fieldLines(fields: RawFields, name: string): string[] {
  const wanted = name.toLowerCase();
  const lines: string[] = [];
  // Asked many times an exchange: most names differ in length already.
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const candidate = fields[index] ?? "";
    if (candidate.length === wanted.length && candidate.toLowerCase() === wanted) {
      lines.push(fields[index + 1] ?? "");
    }
  }
  return lines;
}

/** All lines of a list field joined by `, ` (RFC 9110 section 5.3); `undefined` where there is none. */
export function fieldValue(fields: RawFields, name: string): string | undefined {
  const lines = fieldLines(fields, name);
  return lines.length === 0 ? undefined : lines.join(", ");
}

/** The same fields without every line whose lower-case name satisfies `drop`. */
export function withoutFields(
  fields: RawFields,
  drop: (lowerCaseName: string) => boolean,
): string[] {
  const kept: string[] = [];
  for (const [name, value] of eachField(fields)) {
    if (!drop(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

/** The same fields with every line named `name` replaced by one line at the end. */
export function withField(fields: RawFields, name: string, value: string): string[] {
  const wanted = name.toLowerCase();
  return [...withoutFields(fields, (candidate) => candidate === wanted), name, value];
}
