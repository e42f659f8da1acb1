import { matches } from "./route-match.ts";
import type { Identity } from "./directory.ts";

/**
 * True where a consumer's allow-list, if it has one, covers the request. Some upstreams take an encoded slash for a
 * slash and some do not, so a path with one must be allowed as either reads it.
 */
export function mayAsk({ allow }: Pick<Identity, "allow">, method: string, path: string): boolean {
  const covered = (read: string): boolean => allow.some((one) => matches(one, method, read));
  return allow.length === 0 || (covered(path) && covered(path.replaceAll("%2F", "/")));
}
