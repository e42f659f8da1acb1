/*
 * A configuration with faults of form is judged no further in the parts that have them. The rest is, so
 * that as many problems as possible are told at once.
 */

/** Sections whose members stand for themselves. */
const MEMBERS = new Set(["upstreams", "consumers"]);

/** The parts at fault: `admin`, `upstreams.clientexec`. */
export function faultyParts(paths: readonly (readonly PropertyKey[])[]): string[] {
  const parts = paths.map(([section = "", member]) =>
    member !== undefined && MEMBERS.has(String(section))
      ? `${String(section)}.${String(member)}`
      : String(section),
  );
  return [...new Set(parts)];
}

/** The document without those parts; as it is where all of it is at fault. */
export function soundParts(document: unknown, faulty: readonly string[]): unknown {
  if (typeof document !== "object" || document === null) return document;
  return without(document, faulty, (section, value) => {
    const members = faulty.flatMap((part) =>
      part.startsWith(`${section}.`) ? [part.slice(section.length + 1)] : [],
    );
    return members.length > 0 && typeof value === "object" && value !== null
      ? without(value, members)
      : value;
  });
}

/** The object without some of its members, each of the others as `keep` has it. */
function without(
  object: object,
  names: readonly string[],
  keep: (name: string, value: unknown) => unknown = (_name, value) => value,
): object {
  const kept = Object.entries(object).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, keep(name, value)]));
}
