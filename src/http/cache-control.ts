/*
 * Cache-Control (RFC 9111 section 5.2). Directive names count in any letter case and both argument
 * forms; what is malformed is read the strict way: `private=""` is still private, and a quote that nothing
 * closes, or a semicolon in place of a comma, hides no directive.
 */

/** Directives by lower-case name; the argument without its quotes, `""` where there is none. */
export type Directives = ReadonlyMap<string, string>;

/** Larger values say the same (RFC 9111 section 1.2.2), in seconds. */
export const MOST_SECONDS = 2 ** 31;

const DIRECTIVE = /([^\s,;="]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;

/** Parses all lines of the field. Of duplicates the first counts (RFC 9111 section 4.2.1). */
export function parseCacheControl(lines: readonly string[]): Directives {
  const directives = new Map<string, string>();
  const add = (name: string, argument: string): void => {
    const key = name.toLowerCase();
    if (!directives.has(key)) directives.set(key, argument);
  };
  for (const line of lines) {
    for (const [, name = "", quoted, token = ""] of line.matchAll(DIRECTIVE)) {
      add(name, quoted?.replaceAll(/\\(.)/g, "$1") ?? token);
      // `max-age=60;private`: no number, and a directive all the same.
      const [, ...others] = token.split(";");
      for (const other of others) add(other.split("=")[0] ?? "", "");
    }
  }
  directives.delete("");
  return directives;
}

/**
 * A directive's argument as milliseconds. `undefined` where the directive is absent, 0 where its
 * argument is no number: "a cache is encouraged to consider [it] stale" (RFC 9111 section 4.2.1).
 */
export function directiveMs(directives: Directives, name: string): number | undefined {
  const argument = directives.get(name);
  if (argument === undefined) return undefined;
  return /^\d+$/.test(argument) ? Math.min(Number(argument), MOST_SECONDS) * 1000 : 0;
}
