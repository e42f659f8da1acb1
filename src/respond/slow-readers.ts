import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/*
 * A socket's own time-out (see boundReading) begins anew whenever bytes go either way, so that who sends a blank line now
 * and then may leave an answer untaken for ever. This watch looks at one way alone: the writes that the client has taken.
 */

/** What a connection has done, in bytes since it began. */
export interface Progress {
  /** Of answers, as far as whole writes have been taken. */
  readonly taken: number;
  /** Of answers, written and not yet taken. */
  readonly waiting: number;
  /** Of requests. */
  readonly sent: number;
}

/** The last look at which a connection had taken something, or had nothing to take. */
export interface Seen {
  readonly at: number;
  readonly taken: number;
  readonly sent: number;
}

/**
 * What to remember of a connection, `"stalled"` where it is to be closed: for `stallMs` it has taken no whole write, and has
 * sent something meanwhile. One that sends nothing is the time-out's, which also sees parts of a write being taken. `now`
 * is monotonic, in milliseconds.
 */
export function look(
  before: Seen | undefined,
  { taken, waiting, sent }: Progress,
  { now, stallMs }: { readonly now: number; readonly stallMs: number },
): Seen | "stalled" {
  if (!before || waiting === 0 || taken !== before.taken) return { at: now, taken, sent };
  return now - before.at >= stallMs && sent > before.sent ? "stalled" : before;
}

interface Watched {
  /** Answers that are not closed. */
  answers: number;
  /** Something was written beside them. */
  written: boolean;
  last: Seen | undefined;
}

/** Connections with answers that have not been taken. */
export class SlowReaders {
  readonly #seen = new Map<Socket, Watched>();

  /** Watches its connection until the answer has been taken or the connection is closed. */
  watch(outgoing: ServerResponse): void {
    const { socket } = outgoing;
    if (!socket) return;
    const watched = this.#of(socket);
    watched.answers += 1;
    outgoing.once("close", () => {
      watched.answers -= 1;
      if (watched.answers === 0 && !watched.written) this.#seen.delete(socket);
    });
  }

  /** Watches a connection that was written to by itself, until all has been taken or the connection is closed. */
  watchWritten(socket: Socket): void {
    this.#of(socket).written = true;
  }

  /** Closes the connections that stall. */
  sweep(now: number, stallMs: number): void {
    for (const [socket, watched] of this.#seen) {
      const { bytesWritten, writableLength: waiting, bytesRead: sent } = socket;
      // What is written counts what waits in the stream as well.
      const progress = { taken: bytesWritten - waiting, waiting, sent };
      const seen = look(watched.last, progress, { now, stallMs });
      if (seen === "stalled") socket.destroy();
      else watched.last = seen;
      if (waiting === 0 || socket.destroyed) watched.written = false;
      if (watched.answers === 0 && !watched.written) this.#seen.delete(socket);
    }
  }

  #of(socket: Socket): Watched {
    const watched = this.#seen.get(socket) ?? { answers: 0, written: false, last: undefined };
    this.#seen.set(socket, watched);
    return watched;
  }
}
