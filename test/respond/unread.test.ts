import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { leaveUnread } from "../../src/respond/unread.ts";

describe("leaveUnread()", () => {
  it("reads a small body to its end", async () => {
    const body = Readable.from([Buffer.alloc(40_000), Buffer.alloc(20_000)]);
    leaveUnread(body);
    await expect.poll(() => body.closed).toBe(true);
    expect(body.readableEnded).toBe(true);
  });

  it("gives up one that goes on, however long it would", async () => {
    let bytes = 0;
    const body = new Readable({
      read() {
        bytes += 10_000;
        this.push(Buffer.alloc(10_000));
      },
    });
    leaveUnread(body);
    await expect.poll(() => body.closed).toBe(true);
    expect(body.readableEnded).toBe(false);
    expect(bytes).toBeLessThan(200_000);
  });
});
