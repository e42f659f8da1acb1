/*
 * Figures as the page writes them: short, and as wide when they change.
 */

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A count with its thousands set apart. */
export function count(value: number): string {
  return COUNT.format(value);
}

/** A part of one as a percentage; what is not nothing is never shown as nothing. */
export function percent(part: number): string {
  if (part > 0 && part < 0.005) return "<1 %";
  return `${Math.round(part * 100)} %`;
}

/** One count's part of another; a dash where there is nothing to have a part of. */
export function ratio(part: number, whole: number): string {
  return whole === 0 ? "–" : percent(part / whole);
}

/** Milliseconds in the unit that suits them. */
export function span(ms: number): string {
  if (!Number.isFinite(ms)) return "any time";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${Math.round(ms / 100) / 10} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}

/** Bytes in the unit that suits them. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, value)) / 3));
  const scaled = value / 1000 ** power;
  return `${scaled >= 100 || power === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${units[power]}`;
}

/** An instant's time of day, UTC; the page makes it local. */
export function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** A noun with its count. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
