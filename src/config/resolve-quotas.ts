import type { WrittenUpstream } from "./upstream-schema.ts";
import type { Quota } from "../ports/settings.ts";

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/**
 * Quotas with their names: one alone is named like its upstream, several by their windows as well (`clientexec-1m`), so
 * that none changes its name when others come before it.
 */
export function resolveQuotas(quotas: WrittenUpstream["quotas"], name: string): Quota[] {
  return quotas.map(({ limit, window, pad }) => ({
    name: quotas.length === 1 ? name : `${name}-${windowText(window)}`,
    limit,
    windowMs: window,
    padMs: pad,
  }));
}

/** `90s`, `1h`: in the largest unit of which it is a whole number. */
function windowText(ms: number): string {
  const [unit, length] = UNITS.find(([, whole]) => ms % whole === 0) ?? ["ms", 1];
  return `${ms / length}${unit}`;
}
