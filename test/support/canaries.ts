/*
 * Secrets that can be recognised wherever they come up, in whatever spelling.
 */

/** A secret with signs that every encoding writes differently; its core stays as it is in most of them. */
export function canary(name: string): string {
  const random = Math.random().toString(36).slice(2, 10).padEnd(8, "0");
  return `Canary${name}${random}/+&"<=${random}`;
}

/** Spellings of the secret that a text may hold: its core covers plain, percent-encoded, JSON, HTML and forms. */
function spellings(secret: string): Buffer[] {
  const [core = ""] = secret.split("/", 1);
  const plain = Buffer.from(secret);
  // Within a longer text its base64 begins in one of three ways; the outermost letters depend on the neighbours.
  const coded = [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before, "x"), plain]);
    const text = padded.toString("base64").slice(4, -4);
    return [text, text.replaceAll("+", "-").replaceAll("/", "_")];
  });
  const wide = Buffer.from(core, "utf16le");
  const hex = Buffer.from(core).toString("hex");
  return [core, ...coded, hex, hex.toUpperCase()].map((text) => Buffer.from(text)).concat(wide);
}

/** The names of the secrets that are found in the bytes. */
export function foundIn(
  bytes: string | Buffer,
  secrets: Readonly<Record<string, string>>,
): string[] {
  const hay = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  return Object.entries(secrets)
    .filter(([, secret]) => spellings(secret).some((needle) => hay.includes(needle)))
    .map(([name]) => name);
}
