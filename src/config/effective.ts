import type { Amount } from "../ports/bounds.ts";
import type { Settings } from "../ports/settings.ts";

/*
 * The configuration as it takes effect: defaults, presets and variables filled in, under the names of the file and
 * with units. For reading, not for loading: presets are taken apart, and secrets are not there.
 */

/** Stands for a secret, whatever its length. */
const HIDDEN = "(hidden)";

const SECRET = new Set(["value", "key", "token"]);

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

const SIZES = [
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["GB", 1_000_000_000],
  ["MB", 1_000_000],
  ["kB", 1000],
] as const;

type Tree = Readonly<Record<string, unknown>>;

/** What takes effect, as plain values in the order of the file. */
export function effective(settings: Settings): Tree {
  const { upstreams, consumers, ...rest } = settings;
  return {
    ...membersOf(rest),
    upstreams: byName(upstreams),
    consumers: byName(consumers),
  };
}

/** A setting's name in the file: there its unit is in its value. */
export function writtenName(name: string): string {
  return name === "maxStoredBytes" ? "maxStored" : name.replace(/Ms$/, "");
}

function byName(list: readonly { readonly name: string }[]): Tree {
  return Object.fromEntries(list.map(({ name, ...one }) => [name, shown(one)]));
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (value instanceof URL) return withoutPassword(value);
  return isTree(value) ? membersOf(value) : value;
}

function membersOf(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([name, member]) => [writtenName(name), memberOf(name, member)]),
  );
}

function memberOf(name: string, value: unknown): unknown {
  if (SECRET.has(name) && typeof value === "string") return value === "" ? "" : HIDDEN;
  if (typeof value === "number") return numberText(name, value);
  if (isAmount(value)) return value.unit === "percent" ? `${value.value}%` : value.value;
  if (name === "ca") return "(certificates)";
  if (name === "redis") return withoutPassword(String(value));
  if (isPattern(value)) return [value.methods.join("|"), value.path].filter(Boolean).join(" ");
  return shown(value);
}

function withoutPassword(url: URL | string): string {
  return String(url).replaceAll(/(:\/\/[^/@:]*):[^/@]*@/g, `$1:${HIDDEN}@`);
}

function numberText(name: string, value: number): number | string {
  if (name.endsWith("Ms")) return durationText(value);
  return /bytes$/i.test(name) ? sizeText(value) : value;
}

function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, one]) => ms > 0 && ms % one === 0) ?? ["ms", 1];
  return ms === 0 ? "0s" : `${ms / size}${unit}`;
}

function sizeText(bytes: number): string {
  const [unit, size] = SIZES.find(([, one]) => bytes > 0 && bytes % one === 0) ?? ["B", 1];
  return `${bytes / size}${unit}`;
}

function isAmount(value: unknown): value is Amount {
  return isTree(value) && typeof value["unit"] === "string" && typeof value["value"] === "number";
}

function isPattern(
  value: unknown,
): value is { readonly methods: readonly string[]; readonly path: string } {
  return isTree(value) && Array.isArray(value["methods"]) && typeof value["path"] === "string";
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}
