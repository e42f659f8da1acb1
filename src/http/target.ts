/*
 * One canonical path serves routing, cache key and outbound request alike. If any two of them read a path
 * differently, a request is routed as one thing and answered as another.
 */

/** A request target below the origin, canonical. */
export interface Target {
  /** Begins with `/`; holds no dot segment, no empty segment but a last one, no encoded unreserved character. */
  readonly path: string;
  /** Byte-exact, with its `?`; `""` where there is none. */
  readonly query: string;
}

/** The target, or in words why it is not forwarded. */
export type TargetReading = Target | { readonly refused: string };

/**
 * Reads a request target in origin-form or absolute-form (RFC 9112 section 3.2). Percent-encoded unreserved
 * characters are decoded and hexadecimal digits become upper case (RFC 3986 section 6.2.2); bytes above
 * ASCII are encoded. What upstreams are known to read in different ways is refused.
 */
export function readTarget(raw: string): TargetReading {
  const originForm = raw.replace(/^https?:\/\/[^/?#]*/i, "");
  if (!originForm.startsWith("/"))
    return { refused: "The request target must begin with a slash." };
  // A control character, blank or backslash; `#` begins a fragment, which is never sent.
  if (/[^\u0021-\u007E\u0080-\uFFFF]|[\\#]/.test(originForm)) {
    return { refused: "The request target holds a character that must be percent-encoded." };
  }
  const at = originForm.indexOf("?");
  const rawPath = at === -1 ? originForm : originForm.slice(0, at);
  // Judged before anything is decoded: what is left of `%%32%45` would be an escape that nobody has judged.
  if (/%(?![0-9a-f]{2})/i.test(rawPath)) {
    return { refused: "A percent sign in the path does not begin an escape." };
  }
  const path = canonicalPath(rawPath);
  const refused = faultOf(path);
  if (refused !== undefined) return { refused };
  return { path, query: at === -1 ? "" : encodeHigh(originForm.slice(at)) };
}

function canonicalPath(path: string): string {
  return encodeHigh(path).replaceAll(/%([0-9a-f]{2})/gi, (escape, hex: string) => {
    const character = String.fromCodePoint(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : escape.toUpperCase();
  });
}

/** Node reads the target as latin-1, so each character is one byte of what was sent. */
function encodeHigh(text: string): string {
  return text.replaceAll(
    /[\u0080-\uFFFF]/g,
    (character) =>
      `%${((character.codePointAt(0) ?? 0) % 256).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

function faultOf(path: string): string | undefined {
  if (/%00/.test(path)) return "The path holds a NUL byte.";
  if (path.includes("//")) {
    return "The path holds an empty segment (//). Does the base URL end in a slash that the path repeats?";
  }
  if (path.includes("%5C")) return "The path holds a backslash.";
  // Two or three bytes where UTF-8 has one for `.`, `/` and `\` (RFC 3629 section 10).
  if (/%C0%A[EF]|%C1%9C|%E0%80%A[EF]|%E0%81%9C/.test(path)) {
    return "The path holds a dot, slash or backslash in an encoding that is too long.";
  }
  const hidden = path.replaceAll("%2F", "/").split("/");
  if (hidden.some((segment) => /^\.{1,2}(?:;.*)?$/.test(segment))) {
    return "The path holds a dot segment, which upstreams resolve in different ways.";
  }
  return undefined;
}
