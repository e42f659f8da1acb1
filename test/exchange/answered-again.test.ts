import { once } from "node:events";
import type { Socket } from "node:net";
import * as fc from "fast-check";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { request } from "undici";
import { startWorld, type World } from "../support/gateway.ts";
import { rawConnection } from "../support/raw-client.ts";

/*
 * A request that was answered from store a moment ago is answered in a shorter way: the first time it comes again
 * without the path, from the second time on without being read either. Nobody must see a difference.
 */

async function ask(world: World, method: "GET" | "HEAD" = "GET", id = "one") {
  const response = await request(`${world.base}/ticket/1`, {
    method,
    headers: { "x-request-id": id, "accept-encoding": "gzip" },
  });
  const bytes = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, headers: response.headers, body: bytes.toString("base64") };
}

describe("a request that is asked again and again", () => {
  it.each(["GET", "HEAD"] as const)(
    "gets the same answer by %s each time, under its own id",
    async (method) => {
      await using world = await startWorld();
      await ask(world);
      const first = await ask(world, method, "first");
      const again = await ask(world, method, "again");
      expect(first.headers["cache-status"]).toMatch(/^sluice;hit;ttl=\d+/);
      expect(again.headers["x-request-id"]).toBe("again");
      const same = { age: expect.any(String), "cache-status": expect.stringMatching(/;hit;/) };
      expect(again).toEqual({
        ...first,
        headers: { ...first.headers, ...same, "x-request-id": "again" },
      });
      expect(Object.keys(again.headers).toSorted()).toEqual(Object.keys(first.headers).toSorted());
    },
  );

  it("is counted each time, and asks the upstream once", async () => {
    await using world = await startWorld();
    for (let count = 0; count < 4; count += 1) await ask(world);
    expect(world.gateway.status().total).toMatchObject({ asked: 4, fromStore: 3, forwarded: 1 });
    expect(world.simulator.arrivals()).toHaveLength(1);
  });

  it("is answered anew once somebody has written", async () => {
    await using world = await startWorld();
    for (let count = 0; count < 3; count += 1) await ask(world);
    const written = await request(`${world.base}/ticket/1`, { method: "PUT", body: "{}" });
    await written.body.dump();
    expect((await ask(world)).headers["cache-status"]).toMatch(/^sluice;fwd=/);
  });
});

/** A connection that is kept, and the answers that have come on it. */
class Conversation {
  readonly #socket: Socket;
  #text = "";
  readonly answers: string[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1").setNoDelay(true);
    socket.on("data", (text: string) => {
      this.#text += text;
      this.#take();
    });
  }

  send(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** Sends one request and waits for its answer. */
  async ask(text: string): Promise<string> {
    const count = this.answers.length;
    this.send(text);
    await this.until(count + 1);
    return this.answers[count] ?? "";
  }

  async until(count: number): Promise<void> {
    while (this.answers.length < count) await once(this.#socket, "data");
  }

  /** Resolves once the other side has closed. */
  async ended(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, "close");
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(): void {
    for (;;) {
      const end = this.#text.indexOf("\r\n\r\n") + 4;
      if (end < 4) return;
      const head = this.#text.slice(0, end);
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      const last = this.#text.indexOf("\r\n0\r\n\r\n", end - 2) + 7;
      const whole = /^transfer-encoding: chunked/im.test(head) ? last : end + length;
      if (whole < end || this.#text.length < whole) return;
      this.answers.push(this.#text.slice(0, whole));
      this.#text = this.#text.slice(whole);
    }
  }
}

async function converse(world: World): Promise<Conversation> {
  return new Conversation(await rawConnection(world.base, ""));
}

/** What differs from one answer to the next, overwritten. */
function timeless(answer: string): string {
  return answer
    .replace(/^(X-Request-Id: )[0-9a-f-]{36}/m, "$1id")
    .replace(/^(Age: )\d+/m, "$1age")
    .replace(/(;ttl=)\d+/, "$1ttl")
    .replaceAll(/;t=\d+/g, ";t=s");
}

function get(path: string, more = ""): string {
  return `GET /api${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
}

describe("a request whose bytes come again and again", () => {
  it("gets the same bytes by each of the three ways, its id, age and lifetime aside", async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    await using world = await startWorld({ log: pino({ level: "info", base: null }, { write }) });
    const talk = await converse(world);
    await talk.ask(get("/ticket/1"));
    const etag = /^ETag: (.*)\r$/im.exec(await talk.ask(get("/ticket/1")))?.[1] ?? "";
    for (const asked of [
      get("/ticket/1", "Accept-Encoding: gzip\r\n"),
      get("/ticket/1", `If-None-Match: ${etag}\r\n`),
    ]) {
      const ways = [];
      for (let count = 0; count < 5; count += 1) ways.push(await talk.ask(asked));
      const [path, read, ...known] = ways.map(timeless);
      for (const other of known) expect(other).toBe(read);
      // The order in which fields of different names stand tells nothing (RFC 9110 section 5.3).
      expect(path?.split("\r\n").toSorted()).toEqual(read?.split("\r\n").toSorted());
      expect(new Set(ways).size).toBe(5);
      expect(ways[0]).toMatch(/Connection: keep-alive\r\nKeep-Alive: timeout=65\r\n/);
    }
    talk.close();
    expect(world.gateway.status().total).toMatchObject({ asked: 12, fromStore: 11, forwarded: 1 });
    const records = lines.flatMap((line) => {
      const { exchange } = JSON.parse(line) as { exchange?: Record<string, unknown> };
      return exchange ? [exchange] : [];
    });
    expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(12);
    const last = records.slice(-5).map((record) => Object.keys(record).join());
    expect(new Set(last).size).toBe(1);
  });

  it("is answered anew, by every instance, once a write through another has been answered", async () => {
    await using world = await startWorld();
    const another = await world.another();
    const talk = await converse(world);
    for (let round = 0; round < 5; round += 1) {
      for (let count = 0; count < 4; count += 1) await talk.ask(get("/ticket/1"));
      expect(await talk.ask(get("/ticket/1"))).toContain("Cache-Status: sluice;hit");
      const written = await request(`${another.url}/api/ticket/1`, { method: "PUT", body: "{}" });
      await written.body.dump();
      expect(await talk.ask(get("/ticket/1"))).toContain("Cache-Status: sluice;fwd=");
    }
    talk.close();
  });

  it.each([
    ["garbage", "garbage\r\n\r\n", "200,200,400"],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: h\r\n\r\n", "200,200,405"],
    ["an expectation", get("/ticket/1", "Expect: wonders\r\n"), "200,200,400"],
  ])("is not taken for itself with %s behind it, however often", async (_what, behind, told) => {
    await using world = await startWorld();
    const talk = await converse(world);
    for (let count = 0; count < 4; count += 1) await talk.ask(get("/ticket/1"));
    talk.close();
    const spoilt = get("/ticket/1") + behind;
    const seen: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const spoiling = await converse(world);
      await spoiling.ask(get("/ticket/1"));
      spoiling.send(spoilt);
      await spoiling.ended();
      seen.push(spoiling.answers.map((answer) => answer.slice(9, 12)).join());
    }
    expect(seen).toEqual(Array.from({ length: 4 }, () => told));
  });

  it("is told from all others, however bytes are cut into pieces, and answered in its turn", async () => {
    await using world = await startWorld();
    const asks = [
      ...[1, 2, 3].map((id) => get(`/ticket/${id}`)),
      get("/ticket/4", "X-A: 1\r\n"),
      get("/nowhere"),
      "POST /api/invoice HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n\r\n\r\n",
      get("/ticket/1").replace("/api", "/other"),
    ];
    const alone: string[] = [];
    for (const asked of asks) {
      const talk = await converse(world);
      for (let count = 0; count < 3; count += 1) await talk.ask(asked);
      alone.push(shape(await talk.ask(asked)));
      talk.close();
    }
    const piece = fc.record({
      which: fc.nat(asks.length - 1),
      cuts: fc.array(fc.nat(60), { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (pieces, glued) => {
          const talk = await converse(world);
          let expected = 0;
          let pending = "";
          for (const { which, cuts } of pieces) {
            let rest = pending + (asks[which] ?? "");
            pending = "";
            for (const cut of cuts) {
              talk.send(rest.slice(0, cut));
              rest = rest.slice(cut);
              await new Promise((resolve) => setImmediate(resolve));
            }
            expected += 1;
            if (glued) pending = rest;
            else {
              talk.send(rest);
              if (cuts.length === 0) await talk.until(expected);
            }
          }
          talk.send(pending);
          await talk.until(expected);
          expect(talk.answers.map(shape)).toEqual(pieces.map(({ which }) => alone[which]));
          talk.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** What of an answer is the same each time it is given: status and body; not what comes of the upstream each time. */
function shape(answer: string): string {
  const body = /^transfer-encoding/im.test(answer) ? "" : answer.slice(answer.indexOf("\r\n\r\n"));
  return answer.slice(0, 15) + body.replace(/urn:sluice:exchange:[^"]+/, "");
}
