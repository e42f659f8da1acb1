import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { look, SlowReaders } from "../../src/respond/slow-readers.ts";
import type { ServerResponse } from "node:http";

const SEEN = { at: 1000, taken: 50, sent: 10 };

describe("look()", () => {
  it.each([
    ["sees it for the first time", undefined, [50, 9, 10], 1500, { at: 1500, taken: 50, sent: 10 }],
    ["has taken something", SEEN, [51, 9, 99], 9000, { at: 9000, taken: 51, sent: 99 }],
    ["has nothing to take", SEEN, [50, 0, 99], 9000, { at: 9000, taken: 50, sent: 99 }],
    ["has had less than the time", SEEN, [50, 9, 99], 1999, SEEN],
    ["sends nothing, which is the time-out's affair", SEEN, [50, 9, 10], 9000, SEEN],
    ["sends and takes nothing", SEEN, [50, 9, 11], 2000, "stalled"],
  ] as const)("judges a connection that %s", (...[, before, progress, now, seen]) => {
    const [taken, waiting, sent] = progress;
    expect(look(before, { taken, waiting, sent }, { now, stallMs: 1000 })).toEqual(seen);
  });
});

class FakeSocket {
  bytesWritten = 100;
  writableLength = 40;
  bytesRead = 10;
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
  }
}

function answerOn(socket: FakeSocket): EventEmitter {
  return Object.assign(new EventEmitter(), { socket });
}

describe("SlowReaders", () => {
  it("sweep() closes one that sends and takes nothing, and no other", () => {
    const slow = new SlowReaders();
    const [deaf, silent, quick] = [new FakeSocket(), new FakeSocket(), new FakeSocket()];
    for (const one of [deaf, silent, quick]) slow.watch(answerOn(one) as unknown as ServerResponse);
    for (let now = 0; now <= 5000; now += 1000) {
      slow.sweep(now, 3000);
      deaf.bytesRead += 2;
      quick.bytesRead += 2;
      quick.writableLength -= 5;
    }
    expect([deaf, silent, quick].map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
  });

  it("watch() ends with the last answer of the connection", () => {
    const slow = new SlowReaders();
    const socket = new FakeSocket();
    const answers = [answerOn(socket), answerOn(socket)];
    for (const one of answers) slow.watch(one as unknown as ServerResponse);
    answers[0]?.emit("close");
    slow.sweep(0, 1000);
    answers[1]?.emit("close");
    socket.bytesRead += 1;
    slow.sweep(2000, 1000);
    expect(socket.destroyed).toBe(false);
  });
});
