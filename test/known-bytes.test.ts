import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { KnownBytes } from "../src/known-bytes.ts";
import type { Repeats, Repetition, Waiting } from "../src/repeats.ts";

const GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const REPETITION = { head: "GET /a" } as Repetition;

const long = (name: number): string => `GET /${name}${"x".repeat(3900)} HTTP/1.1\r\n\r\n`;

class FakeSocket extends EventEmitter {
  isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  remoteAddress = "::1";
  writable = true;
  writableLength = 0;
  readonly written: string[] = [];

  write(text: string): void {
    this.written.push(text);
  }
}

/** A connection under a tap, whose parser tells of one whole request for each empty line. */
function open(memory?: KnownBytes, address = "::1") {
  const waiting: Waiting[] = [];
  const state = {
    takes: true,
    idle: true,
    whole: true,
    repetition: REPETITION,
    flushes: 0,
    asks: false,
  };
  const repeats = {
    queue(_repetition: Repetition, client: Waiting) {
      if (state.takes) waiting.push(client);
      return state.takes;
    },
    flush() {
      state.flushes += 1;
      if (state.asks) return;
      for (const client of waiting.splice(0)) client.write("early");
    },
  };
  const known = memory ?? new KnownBytes(repeats as unknown as Repeats);
  const socket = Object.assign(new FakeSocket(), { remoteAddress: address });
  const parsed: string[] = [];
  socket.on("data", (piece: Buffer) => {
    parsed.push(piece.toString("latin1"));
    const incoming = { socket, complete: state.whole } as unknown as IncomingMessage;
    const requests = piece.toString("latin1").split("\r\n\r\n").length - 1;
    for (let count = 0; count < requests; count += 1) known.heard(incoming, state.repetition);
  });
  known.tap(socket as unknown as Socket, {
    keepAliveMs: 5000,
    isIdle: () => state.idle,
    onUntaken: () => {},
  });
  return { known, socket, parsed, waiting, state, send: (text: string) => send(socket, text) };
}

function send(socket: FakeSocket, text: string): void {
  socket.emit("data", Buffer.from(text, "latin1"));
}

describe("KnownBytes", () => {
  it("takes what comes again for what it was, once it was read whole on this connection", () => {
    const { send: ask, parsed, waiting, socket } = open();
    ask(GET);
    ask(GET);
    expect([parsed, waiting.length]).toEqual([[GET], 1]);
    waiting.pop()?.write("answer");
    ask(GET);
    expect([parsed, waiting.length, socket.written]).toEqual([[GET], 1, ["answer"]]);
  });

  it("lets the parser have the first of each connection, so that Node knows it for one that asks", () => {
    const first = open();
    first.send(GET);
    const second = open(first.known);
    second.send(GET);
    expect([second.parsed, first.waiting]).toEqual([[GET], []]);
    second.send(GET);
    expect([second.parsed, first.waiting.length]).toEqual([[GET], 1]);
  });

  it("knows nothing of what came from another address", () => {
    const first = open();
    first.send(GET);
    const second = open(first.known, "::2");
    second.state.repetition = undefined as never;
    second.send(GET);
    second.send(GET);
    expect([second.parsed, first.waiting]).toEqual([[GET, GET], []]);
  });

  it.each([
    ["two at once", [`${GET}${GET}`, `${GET}${GET}`]],
    ["one and a part of another", [`${GET}GET /b HTTP/1.1\r\nX: `, GET]],
    ["a part", ["GET /b HTTP/1.1\r\nX: ", GET]],
    ["one with a part of another behind it, again", [`${GET}GET /b`, `${GET}GET /b`]],
  ])("lets the parser have %s, and what follows it", (_what, pieces) => {
    const first = open();
    first.send(GET);
    const { send: ask, parsed } = open(first.known);
    for (const piece of [...pieces, ...pieces]) ask(piece);
    expect([parsed, first.waiting]).toEqual([[...pieces, ...pieces], []]);
  });

  it("does not take for a request what has ended one that another piece began", () => {
    const first = open();
    first.send("GET /b HTTP/1.1\r\nX: ");
    first.send(GET);
    expect(first.known.find(`::1 ${GET}`)).toBeUndefined();
    first.send(GET);
    expect(first.known.find(`::1 ${GET}`)).toBe(REPETITION);
  });

  it("lets the parser have again what was not answered from store", () => {
    const { send: ask, parsed, waiting, state } = open();
    state.repetition = undefined as never;
    ask(GET);
    ask(GET);
    expect([parsed, waiting]).toEqual([[GET, GET], []]);
  });

  it.each([
    ["while an answer is under way", { idle: false }],
    ["where the answer is not good any more", { takes: false }],
  ])("lets the parser have it %s", (_when, changes) => {
    const { send: ask, parsed, waiting, state } = open();
    ask(GET);
    Object.assign(state, changes);
    ask(GET);
    expect([parsed, waiting]).toEqual([[GET, GET], []]);
  });

  it("lets the parser have it while its client has not taken what was written", () => {
    const { send: ask, parsed, waiting, socket } = open();
    ask(GET);
    socket.writableLength = 1;
    ask(GET);
    expect([parsed, waiting]).toEqual([[GET, GET], []]);
  });

  it("goes on to the parser after a request whose body is still to come", () => {
    const { send: ask, parsed, waiting, state } = open();
    state.whole = false;
    ask(GET);
    ask(GET);
    expect([parsed, waiting]).toEqual([[GET, GET], []]);
  });

  it("has what came first answered first, where more comes or its client ends its side", () => {
    const { send: ask, parsed, state, socket } = open();
    ask(GET);
    ask(GET);
    ask("GET /b");
    expect([state.flushes, socket.written, parsed]).toEqual([1, ["early"], [GET, "GET /b"]]);
    ask(" HTTP/1.1\r\n\r\n");
    expect(state.flushes).toBe(1);
    const other = open();
    other.send(GET);
    other.send(GET);
    other.socket.emit("end");
    other.socket.emit("end");
    expect([other.state.flushes, other.socket.written]).toEqual([1, ["early"]]);
  });

  it.each(["write", "read"] as const)(
    "holds what comes while the store is asked, and goes on with it after a %s",
    (end) => {
      const { send: ask, parsed, waiting, state, socket } = open();
      ask(GET);
      ask(GET);
      state.asks = true;
      for (const piece of ["GET /b", " HTTP/1.1\r\n\r\n"]) ask(piece);
      expect([parsed, socket.isPaused]).toEqual([[GET], true]);
      const held = waiting.pop();
      if (end === "write") held?.write("answer");
      else held?.read();
      const read = end === "read" ? [GET] : [];
      expect(parsed).toEqual([GET, ...read, "GET /b", " HTTP/1.1\r\n\r\n"]);
      expect(socket.isPaused).toBe(false);
    },
  );

  it("has what is not good any more read after all, once", () => {
    const { send: ask, parsed, waiting } = open();
    ask(GET);
    ask(GET);
    const client = waiting.pop();
    client?.read();
    client?.read();
    expect(parsed).toEqual([GET, GET]);
    ask(GET);
    expect(waiting).toHaveLength(1);
  });

  it("writes nothing to a client that has left", () => {
    const { send: ask, waiting, socket } = open();
    ask(GET);
    ask(GET);
    socket.writable = false;
    expect([waiting[0]?.write("late"), socket.written]).toEqual([false, []]);
  });

  it("remembers no more than its bounds, and lets the oldest go", () => {
    const { send: ask, waiting, parsed } = open();
    for (let name = 0; name < 2100; name += 1) ask(long(name));
    ask(long(2099));
    expect(waiting).toHaveLength(1);
    const before = parsed.length;
    waiting.pop()?.write("");
    ask(long(0));
    expect(parsed).toHaveLength(before + 1);
    const huge = `GET /${"x".repeat(4001)} HTTP/1.1\r\n\r\n`;
    ask(huge);
    ask(huge);
    expect(waiting).toEqual([]);
  });

  it("knows nothing on a connection any more once Node has told of something else than requests", () => {
    const { known, socket, send: ask, parsed, waiting } = open();
    const spoilt = `${GET}garbage\r\n\r\n`;
    known.distrust(socket as unknown as Socket);
    for (const piece of [GET, spoilt, GET]) ask(piece);
    expect([parsed, waiting, known.find(`::1 ${GET}`)]).toEqual([
      [GET, spoilt, GET],
      [],
      undefined,
    ]);
  });

  it("keeps off a connection that Node reads no longer, and one that is read in another way", () => {
    const { known, socket, send: ask, parsed } = open();
    ask(GET);
    known.leave(socket as unknown as Socket);
    ask(GET);
    expect(parsed).toEqual([GET]);
    const bare = new FakeSocket();
    known.tap(bare as unknown as Socket, {
      keepAliveMs: 5000,
      isIdle: () => true,
      onUntaken: () => {},
    });
    expect(bare.eventNames()).toEqual([]);
  });
});
