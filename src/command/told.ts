/** An answer's members; empty where it has none. */
export type Told = Readonly<Record<string, unknown>>;

/** A value's members, where it has any. */
export function toldOf(value: unknown): Told {
  return isTold(value) ? value : {};
}

/** A list's members as far as they have members of their own; empty where it is none. */
export function listOf(value: unknown): readonly Told[] {
  return Array.isArray(value) ? value.map(toldOf) : [];
}

function isTold(value: unknown): value is Told {
  return typeof value === "object" && value !== null;
}
