const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_BYTES = { B: 1, kB: 1000, MB: 1_000_000, GB: 1e9, KiB: 1024, MiB: 1_048_576 } as const;

/** Whole milliseconds of `250ms`, `30s`, `5m`, `2h`, `1d`, or `0`; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  return parse(text, DURATION_MS);
}

/** Whole bytes of `64kB`, `1MiB`, `10MB`, `512B`, or `0`; `undefined` for anything else. */
export function parseBytes(text: string): number | undefined {
  return parse(text, SIZE_BYTES);
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  if (text.trim() === "0") return 0;
  const [, amount, unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (amount === undefined || factor === undefined) return undefined;
  // 1.001 * 1000 is a little less than 1001.
  return Math.round(Number(amount) * factor);
}
