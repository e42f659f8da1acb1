import type { NonSharedBuffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Repeats, Repetition, Waiting } from "./repeats.ts";

/*
 * Clients that ask for the same again send the same bytes. So what Node has read once need not be read again: between
 * a connection and Node's parser sits a tap. What comes in one piece, at a time when nothing is under way on the
 * connection and the parser is between two requests, and is byte for byte what it once read as one whole request that
 * was then answered from store, is that request. Whatever else comes goes to the parser, in order, as if there were no
 * tap: it alone decides what a request is.
 *
 * The parser is between two requests where the last piece that it was given made it tell of exactly one request,
 * whole, and ended in an empty line. Had that request been followed by more, the more would be empty lines, which
 * are passed over (RFC 9112 section 2.2), or end in one, and so be the head of a second request, or an error, after
 * which nothing is known of a connection any more. A piece is remembered where the parser was between two requests before it as well, or had read nothing.
 *
 * A connection's first request always goes to the parser: until then Node counts it as one that has sent no head.
 */

/** Pieces that are remembered, and the characters of all of them; of more the oldest go. */
const MOST_PIECES = 10_000;
const MOST_CHARACTERS = 8_000_000;

/** Longer pieces are none of those that come again and again. */
const LONGEST = 4000;

/** What the last piece was read as. */
interface Heard {
  readonly incoming: IncomingMessage;
  /** As what it is known from now on; absent: its like was not answered from store, or its connection closes. */
  readonly repetition: Repetition | undefined;
}

/** What a tap asks and tells of its connection. */
export interface Connection {
  /** How long it stays open between two requests. */
  readonly keepAliveMs: number;
  /** No answer is under way on it. */
  readonly isIdle: () => boolean;
  /** Told when an answer was written that its client has not taken at once. */
  readonly onUntaken: () => void;
}

/** What is read in each connection's bytes, once. */
export class KnownBytes {
  readonly #repeats: Repeats;
  readonly #taps = new WeakMap<Duplex, Tap>();
  readonly #known = new Map<string, Repetition>();
  #characters = 0;

  constructor(repeats: Repeats) {
    this.#repeats = repeats;
  }

  /** Sets a tap on a connection that a server has just taken in. */
  tap(socket: Socket, connection: Connection): void {
    const [parse, ...others] = socket.listeners("data");
    // A Node that reads connections in another way does so without a tap.
    if (parse === undefined || others.length > 0) return;
    const parts = { ...connection, socket, repeats: this.#repeats, memory: this };
    this.#taps.set(socket, new Tap(parts, (piece) => parse.call(socket, piece)));
  }

  /** Node has read a request; `repetition`: its like was answered from store, and may be so where its bytes come again. */
  heard(incoming: IncomingMessage, repetition: Repetition | undefined): void {
    this.#taps.get(incoming.socket)?.heard({ incoming, repetition });
  }

  /** Node has read something else than requests that it told of: nothing on this connection is known from now on. */
  distrust(socket: Duplex): void {
    this.#taps.get(socket)?.distrust();
  }

  /** Node reads this connection no longer. */
  leave(socket: Duplex): void {
    this.#taps.get(socket)?.leave();
  }

  find(piece: string): Repetition | undefined {
    return this.#known.get(piece);
  }

  learn(piece: string, repetition: Repetition): void {
    if (!this.#known.has(piece)) this.#characters += piece.length;
    this.#known.set(piece, repetition);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_PIECES && this.#characters <= MOST_CHARACTERS) return;
      this.#known.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}

interface TapParts extends Connection {
  readonly socket: Socket;
  readonly repeats: Repeats;
  readonly memory: Pick<KnownBytes, "find" | "learn">;
}

/** One connection's. */
class Tap implements Waiting {
  readonly #parts: TapParts;
  readonly #parse: (piece: NonSharedBuffer) => void;
  readonly #address: string;
  /** Where the parser stands; `start`: it has read nothing yet. */
  #at: "start" | "within" | "between" | "unknown" = "start";
  #heard: Heard[] = [];
  /** What is to be answered at the end of the turn, or once the store has been asked. */
  #held: NonSharedBuffer | undefined;
  /** What came since. */
  #later: NonSharedBuffer[] = [];

  constructor(parts: TapParts, parse: (piece: NonSharedBuffer) => void) {
    this.#parts = parts;
    this.#parse = parse;
    const { socket, repeats } = parts;
    this.#address = socket.remoteAddress ?? "";
    socket.removeAllListeners("data");
    socket.on("data", this.#take);
    // Node ends a connection whose client has ended its side: what was received before is answered before.
    socket.prependListener("end", () => {
      if (this.#held) repeats.flush();
    });
  }

  heard(heard: Heard): void {
    this.#heard.push(heard);
  }

  distrust(): void {
    this.#at = "unknown";
  }

  leave(): void {
    this.#at = "unknown";
    this.#parts.socket.off("data", this.#take);
  }

  write(text: string): boolean {
    const { socket, onUntaken } = this.#parts;
    this.#held = undefined;
    const { writable } = socket;
    if (writable) socket.write(text, "latin1");
    if (socket.writableLength > 0) onUntaken();
    this.#goOn();
    return writable;
  }

  read(): void {
    const piece = this.#held;
    this.#held = undefined;
    if (piece) this.#read(piece, this.#nameOf(piece));
    this.#goOn();
  }

  readonly #take = (piece: NonSharedBuffer): void => {
    const { socket, isIdle, repeats, memory, keepAliveMs } = this.#parts;
    // First what came first.
    if (this.#held) repeats.flush();
    if (this.#held) {
      this.#later.push(piece);
      socket.pause();
      return;
    }
    const name = piece.length > LONGEST ? undefined : this.#nameOf(piece);
    const free = this.#at === "between" && socket.writableLength === 0 && isIdle();
    const known = free && name !== undefined ? memory.find(name) : undefined;
    if (known && repeats.queue(known, this, keepAliveMs)) this.#held = piece;
    else this.#read(piece, name);
  };

  /** Asked anew after the parser has had a say. */
  get #isLost(): boolean {
    return this.#at === "unknown";
  }

  #goOn(): void {
    if (this.#later.length === 0) return;
    const later = this.#later;
    this.#later = [];
    this.#parts.socket.resume();
    for (const piece of later) this.#take(piece);
  }

  /** Lets the parser have it, and looks at what it made of it. */
  #read(piece: NonSharedBuffer, name: string | undefined): void {
    const began = this.#at;
    if (began !== "unknown") this.#at = "within";
    this.#heard = [];
    this.#parse(piece);
    const [heard, ...others] = this.#heard;
    this.#heard = [];
    if (
      this.#isLost ||
      !heard?.incoming.complete ||
      others.length > 0 ||
      !name?.endsWith("\r\n\r\n")
    )
      return;
    this.#at = "between";
    // What has ended a request that another piece began is not that request.
    if (heard.repetition && began !== "within") this.#parts.memory.learn(name, heard.repetition);
  }

  /** Who asks belongs to it: answers may depend on the address. */
  #nameOf(piece: NonSharedBuffer): string {
    return `${this.#address} ${piece.toString("latin1")}`;
  }
}
