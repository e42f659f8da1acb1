import { createHash } from "node:crypto";
import { eachField, type RawFields } from "../http/fields.ts";
import { isSafe } from "../http/invalidation.ts";
import type { Upstream } from "../ports/settings.ts";

/** What a cache key is a function of: the outbound request exactly as it is sent, its keys aside. */
export interface KeySource {
  /** With its address: after a reload another installation may answer under the same name. */
  readonly upstream: Pick<Upstream, "name" | "url">;
  readonly target: string;
  readonly fields: RawFields;
}

/** The key of a GET. Two requests share one only if the upstream could not tell them apart. */
export function cacheKey({ upstream, target, fields }: KeySource): string {
  const lines = [...eachField(fields)].map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  const where = `${upstream.name} ${upstream.url.href}`;
  const source = JSON.stringify([where, target, lines.toSorted((a, b) => (a < b ? -1 : 1))]);
  return createHash("sha256").update(source).digest("base64url");
}

/** Leading segments of a path that can be purged by prefix; deeper ones go with the last of them. */
export const MOST_PREFIX_SEGMENTS = 8;

/** What a stored response belongs to. */
export interface Place {
  readonly upstream: string;
  /** Canonical, below the mount. */
  readonly path: string;
  readonly groups: readonly string[];
}

/**
 * The names whose generations a stored response depends on: its own path, each prefix of it (for purges) and its
 * route's groups. Writes and purges bump names; whatever was stored under an older generation is then no longer
 * found, and nothing has to be searched for.
 */
export function dependencies({ upstream, path, groups }: Place): readonly string[] {
  return [
    pathName(upstream, path),
    ...prefixesOf(path).map((prefix) => prefixName(upstream, prefix)),
    ...groups.map((group) => groupName(upstream, group)),
  ];
}

/** `/`, `/a`, `/a/b` for `/a/b`. */
function prefixesOf(path: string): string[] {
  const segments = path.split("/").filter((segment) => segment !== "");
  const deepest = Math.min(segments.length, MOST_PREFIX_SEGMENTS);
  return Array.from(
    { length: deepest + 1 },
    (_, count) => `/${segments.slice(0, count).join("/")}`,
  );
}

/** The name of one path; a closing slash makes no difference, since a write there concerns both. */
export function pathName(upstream: string, path: string): string {
  return `${upstream} path ${path.replace(/\/$/, "")}`;
}

/** The name of all paths that begin with these segments; `/`: everything of the upstream. */
export function prefixName(upstream: string, prefix: string): string {
  return `${upstream} prefix ${prefix.replace(/\/$/, "") || "/"}`;
}

/** The name of a group that the origin names in its answers (RFC 9875), apart from those of the routes. */
export function originGroupName(upstream: string, group: string): string {
  return `${upstream} origin-group ${group}`;
}

/**
 * Bumped with every group that the origin invalidates. An answer names its groups only when it comes; that nothing
 * was invalidated since it was asked for shows in this name alone, which is read before.
 */
export function originGroupsName(upstream: string): string {
  return `${upstream} origin-groups`;
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
}

/** What its answer says beside. */
export interface TouchedBeside {
  /** Further paths below the mount (RFC 9111 section 4.4). */
  readonly paths: readonly string[];
  /** Groups of the origin (RFC 9875 section 3). */
  readonly groups: readonly string[];
}

/**
 * The names that a request invalidates, known before it is sent: for a write its own path and its route's groups;
 * for a read only groups, where its route has them.
 */
export function touchedNames({ upstream, method, path, invalidates }: Touch): string[] {
  const groups = invalidates.map((group) => groupName(upstream, group));
  return isSafe(method) ? groups : [pathName(upstream, path), ...groups];
}

/** The names that the answer to a write invalidates beside. */
export function touchedBeside(upstream: string, { paths, groups }: TouchedBeside): string[] {
  return [
    ...paths.map((path) => pathName(upstream, path)),
    ...groups.map((group) => originGroupName(upstream, group)),
    ...(groups.length > 0 ? [originGroupsName(upstream)] : []),
  ];
}
