import { Transform } from "node:stream";
import { eachField, type RawFields } from "../http/fields.ts";
import { Needles } from "./needles.ts";

/*
 * An upstream that echoes the key would hand it to every client. Each spelling in which it can come back
 * is overwritten by asterisks of the same length, so that lengths and offsets stay true.
 */

/** Shorter values are part of ordinary text, and masking those would damage every answer. */
const SHORTEST = 6;

/** Overwrites secrets in whatever passes through it; of those that overlap, each one whole. */
export class Mask {
  readonly #needles: readonly Buffer[];
  /** The same as text. Node reads fields as Latin-1, so there one that is not ASCII looks different. */
  readonly #texts: Needles;

  constructor(secrets: readonly string[]) {
    const spellings = secrets.filter((secret) => secret.length >= SHORTEST).flatMap(spellingsOf);
    this.#needles = [...new Set(spellings)].map((spelling) => Buffer.from(spelling));
    const asFields = this.#needles.map((needle) => needle.toString("latin1"));
    this.#texts = new Needles([...new Set([...spellings, ...asFields])]);
  }

  /** The same text with every secret overwritten. */
  text(text: string): string {
    let masked = text;
    for (const { at, length } of this.#texts.in(text)) {
      masked = `${masked.slice(0, at)}${"*".repeat(length)}${masked.slice(at + length)}`;
    }
    return masked;
  }

  fields(fields: RawFields): string[] {
    return [...eachField(fields)].flatMap(([name, value]) => [name, this.text(value)]);
  }

  /** A body stage that holds back as many bytes as a secret could have begun in. */
  stream(): Transform {
    const most = Math.max(0, ...this.#needles.map(({ length }) => length - 1));
    // What is held back is searched as it came, since a secret in it can be the beginning of a longer one.
    let asCame: Buffer = Buffer.alloc(0);
    let held: Buffer = Buffer.alloc(0);
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const seen = Buffer.concat([asCame, chunk]);
        const masked = Buffer.concat([held, chunk]);
        for (const { at, length } of found(seen, this.#needles)) masked.fill("*", at, at + length);
        const ready = seen.length - this.#tailThatMayBegin(seen, most);
        asCame = seen.subarray(ready);
        held = masked.subarray(ready);
        done(null, masked.subarray(0, ready));
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

/** Where each needle stands in bytes, those that overlap included. */
function* found(
  hay: Buffer,
  needles: readonly Buffer[],
): Generator<{ at: number; length: number }> {
  for (const needle of needles) {
    const { length } = needle;
    for (let at = hay.indexOf(needle, 0); at !== -1; at = hay.indexOf(needle, at + 1)) {
      yield { at, length };
    }
  }
}

/** Plain, percent-encoded in both letter cases, as a form field, inside JSON, inside HTML, in base64. */
function spellingsOf(secret: string): string[] {
  return [
    secret,
    ...percentEncoded(secret),
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

/** Encoders differ in what they leave alone: JavaScript in !'()*, a form in *, PHP in none of these. */
function percentEncoded(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const form = new URLSearchParams({ k: secret }).toString().slice(2);
  const upper = [
    encoded,
    encoded.replaceAll(/[!'()*]/g, percent),
    form,
    form.replaceAll("*", percent),
  ];
  const lower = upper.map((text) =>
    text.replaceAll(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase()),
  );
  return [...upper, ...lower];
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
