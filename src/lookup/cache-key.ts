import { createHash } from "node:crypto";
import { eachField, type RawFields } from "../http/fields.ts";
import { isSafe } from "../http/invalidation.ts";

/** What a cache key is a function of: the outbound request exactly as it is sent, its keys aside. */
export interface KeySource {
  readonly upstream: string;
  readonly target: string;
  readonly fields: RawFields;
}

/** The key of a GET. Two requests share one only if the upstream could not tell them apart. */
export function cacheKey({ upstream, target, fields }: KeySource): string {
  const lines = [...eachField(fields)].map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  const source = JSON.stringify([upstream, target, lines.toSorted((a, b) => (a < b ? -1 : 1))]);
  return createHash("sha256").update(source).digest("base64url");
}

/**
 * The names whose generations a stored response depends on: its own path and its route's groups. Writes
 * bump names; whatever was stored under an older generation is then no longer found.
 */
export function dependencies(
  upstream: string,
  path: string,
  groups: readonly string[],
): readonly string[] {
  return [pathName(upstream, path), ...groups.map((group) => groupName(upstream, group))];
}

/** The name of one path; a closing slash makes no difference, since a write there concerns both. */
export function pathName(upstream: string, path: string): string {
  return `${upstream} path ${path.replace(/\/$/, "")}`;
}

/** The name of one group. */
export function groupName(upstream: string, group: string): string {
  return `${upstream} group ${group}`;
}

/** What a request touches if it changed anything. */
export interface Touch {
  readonly upstream: string;
  readonly method: string;
  readonly path: string;
  readonly invalidates: readonly string[];
  /** Further paths below the mount that its answer named. */
  readonly paths: readonly string[];
}

/**
 * The names that an answered request invalidates: for a write its own path, the paths that its answer
 * names (RFC 9111 section 4.4) and its route's groups; for a read only groups, where its route has them.
 */
export function touchedNames({ upstream, method, path, invalidates, paths }: Touch): string[] {
  const groups = invalidates.map((group) => groupName(upstream, group));
  if (isSafe(method)) return groups;
  return [...[path, ...paths].map((one) => pathName(upstream, one)), ...groups];
}
