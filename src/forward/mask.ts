import { Transform } from "node:stream";
import { eachField, type RawFields } from "../http/fields.ts";

/*
 * An upstream that echoes the key would hand it to every client. Each spelling in which it can come back
 * is overwritten by asterisks of the same length, so that lengths and offsets stay true.
 */

/** Shorter values are part of ordinary text, and masking those would damage every answer. */
const SHORTEST = 6;

/** Overwrites secrets in whatever passes through it. */
export class Mask {
  readonly #needles: readonly Buffer[];

  constructor(secrets: readonly string[]) {
    const spellings = secrets.filter((secret) => secret.length >= SHORTEST).flatMap(spellingsOf);
    this.#needles = [...new Set(spellings)]
      .toSorted((a, b) => b.length - a.length)
      .map((spelling) => Buffer.from(spelling));
  }

  /** The same text with every secret overwritten. */
  text(text: string): string {
    let masked = text;
    for (const needle of this.#needles) {
      masked = masked.replaceAll(needle.toString(), (found) => "*".repeat(found.length));
    }
    return masked;
  }

  fields(fields: RawFields): string[] {
    return [...eachField(fields)].flatMap(([name, value]) => [name, this.text(value)]);
  }

  /** Overwrites in place. */
  bytes(bytes: Buffer): Buffer {
    for (const needle of this.#needles) {
      for (
        let at = bytes.indexOf(needle);
        at !== -1;
        at = bytes.indexOf(needle, at + needle.length)
      ) {
        bytes.fill("*", at, at + needle.length);
      }
    }
    return bytes;
  }

  /** A body stage that holds back as many bytes as a secret could have begun in. */
  stream(): Transform {
    const most = Math.max(0, ...this.#needles.map(({ length }) => length - 1));
    let held: Buffer = Buffer.alloc(0);
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const seen = this.bytes(Buffer.concat([held, chunk]));
        const keep = this.#tailThatMayBegin(seen, most);
        held = seen.subarray(seen.length - keep);
        done(null, seen.subarray(0, seen.length - keep));
      },
      flush: (done) => done(null, held),
    });
  }

  /** Length of the longest tail that is the beginning of a secret: most chunks have none and pass whole. */
  #tailThatMayBegin(bytes: Buffer, most: number): number {
    for (let length = Math.min(most, bytes.length); length > 0; length -= 1) {
      const tail = bytes.subarray(bytes.length - length);
      const begins = this.#needles.some(
        (needle) => needle.length > length && needle.subarray(0, length).equals(tail),
      );
      if (begins) return length;
    }
    return 0;
  }
}

/** Plain, percent-encoded in both letter cases, as a form field, inside JSON, inside HTML, in base64. */
function spellingsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  return [
    secret,
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    new URLSearchParams({ k: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(secret)
      .slice(1, -1)
      .replaceAll("/", String.raw`\/`),
    secret
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;"),
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret).toString("base64url"),
  ];
}
