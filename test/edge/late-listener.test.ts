import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { lateListener } from "../../src/edge/late-listener.ts";
import type { Listener } from "../../src/edge/hono-listener.ts";

function exchange(): [IncomingMessage, ServerResponse] {
  const incoming = new IncomingMessage(new Socket());
  return [incoming, new ServerResponse(incoming)];
}

describe("lateListener()", () => {
  it("is loaded once, by whoever needs it first, and then takes all that waited", async () => {
    const loaded = Promise.withResolvers<Listener>();
    const load = vi.fn<() => Promise<Listener>>(() => loaded.promise);
    const listener = lateListener(load);
    expect(load).not.toHaveBeenCalled();
    const taken: IncomingMessage[] = [];
    const [one, two] = [exchange(), exchange()];
    const waiting = [listener(...one), listener(...two)];
    listener.load();
    loaded.resolve((incoming) => Promise.resolve(void taken.push(incoming)));
    await Promise.all(waiting);
    expect(taken).toEqual([one[0], two[0]]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("hands on at once what comes later", async () => {
    const taken = vi.fn<Listener>(() => Promise.resolve());
    const listener = lateListener(() => Promise.resolve(taken));
    await listener(...exchange());
    const [incoming, outgoing] = exchange();
    void listener(incoming, outgoing);
    expect(taken).toHaveBeenLastCalledWith(incoming, outgoing);
  });
});
