import { writtenName } from "./effective.ts";
import type { Settings } from "../ports/settings.ts";

/*
 * What a changed configuration changes, by the path of each setting as the file writes it. Values are not told: they
 * may be secrets.
 */

type Tree = Readonly<Record<string, unknown>>;

/** Paths that are told; of more only their number. */
const MOST_TOLD = 50;

/** What applies to exchanges that begin after a reload. Whatever is not named here, or below it, needs a restart. */
const LIVE = [
  "listen.publicUrl",
  "open",
  "drain",
  "limits.bodyBytes",
  "limits.replayBytes",
  "limits.head",
  "limits.connections",
  "limits.wrongKeys",
  "log.level",
  "upstreams",
  "consumers",
  "acceptAppKeyAs",
];

/** What is tried beside an upstream's terms has a queue of its own, built at the start. */
const TRIED = /^upstreams\..+\.shadow(?:\.|$)/;

/** The paths at which two configurations differ, in the order of the later one, and then what it has no more. */
export function changedPaths(before: Settings, after: Settings): string[] {
  return differences(treeOf(before), treeOf(after), "");
}

/** Those of them that a running instance cannot take over. */
export function needRestart(paths: readonly string[]): string[] {
  return paths.filter(
    (path) =>
      TRIED.test(path) || !LIVE.some((live) => path === live || path.startsWith(`${live}.`)),
  );
}

/** The first of many paths, and how many more there are. */
export function toldPaths(paths: readonly string[]): string[] {
  const more = paths.length - MOST_TOLD;
  return more > 0 ? [...paths.slice(0, MOST_TOLD), `and ${more} more`] : [...paths];
}

/** With upstreams and consumers by name. */
function treeOf({ upstreams, consumers, ...rest }: Settings): Tree {
  return { ...rest, upstreams: byName(upstreams), consumers: byName(consumers) };
}

function byName(list: readonly { readonly name: string }[]): Tree {
  return Object.fromEntries(list.map((one) => [one.name, one]));
}

function differences(before: unknown, after: unknown, path: string): string[] {
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
  }
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names].flatMap((name) =>
    differences(before[name], after[name], `${path === "" ? "" : `${path}.`}${writtenName(name)}`),
  );
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !(value instanceof URL);
}
