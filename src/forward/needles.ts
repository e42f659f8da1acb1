/*
 * Many texts looked for in one. A few are looked for one by one, at the speed of the machine. Many, such as the keys of a
 * thousand consumers in each line of the log, would be looked for a thousand times: so the text is gone through once, and
 * where three characters of it begin as some needle does, those that begin so are compared.
 */

/** Up to so many are looked for one by one. */
const FEW = 32;

/** Characters of a needle that its filing goes by; no needle has fewer. */
const FILED_BY = 3;

const SLOTS = 65_536;

/** Where one stands. */
export interface Needle {
  readonly at: number;
  readonly length: number;
}

/** Texts of at least three characters each. */
export class Needles {
  readonly #texts: readonly string[];
  /** By the slot of their first characters. */
  readonly #filed = new Map<number, string[]>();
  /** 1 for each slot that has any, so that most of a text is passed at a look a character. */
  readonly #used = new Uint8Array(SLOTS);

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    for (const text of texts) {
      const slot = slotAt(text, 0);
      this.#used[slot] = 1;
      this.#filed.set(slot, [...(this.#filed.get(slot) ?? []), text]);
    }
  }

  /** Where they stand in a text, those that overlap included; in no order. */
  in(hay: string): Generator<Needle> {
    return this.#texts.length <= FEW ? this.#oneByOne(hay) : this.#atOnce(hay);
  }

  *#atOnce(hay: string): Generator<Needle> {
    for (let at = 0; at + FILED_BY <= hay.length; at += 1) {
      const slot = slotAt(hay, at);
      if (this.#used[slot] === 0) continue;
      for (const text of this.#filed.get(slot) ?? []) {
        if (hay.startsWith(text, at)) yield { at, length: text.length };
      }
    }
  }

  *#oneByOne(hay: string): Generator<Needle> {
    for (const text of this.#texts) {
      const { length } = text;
      for (let at = hay.indexOf(text); at !== -1; at = hay.indexOf(text, at + 1)) {
        yield { at, length };
      }
    }
  }
}

function slotAt(text: string, at: number): number {
  const first = text.charCodeAt(at) * 961;
  return (first + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) % SLOTS;
}
