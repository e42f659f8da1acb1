import { describe, expect, it } from "vitest";
import { createUndiciClient } from "../../src/adapters/undici-client.ts";
import { bytesOrigin, httpOrigin, rawOrigin, textOf } from "../support/origin.ts";
import { upstreamRequest } from "../support/upstream-request.ts";
import type { UpstreamClient } from "../../src/ports/upstream-client.ts";

function client(url: URL): UpstreamClient & AsyncDisposable {
  const timeouts = { connectMs: 500, headersMs: 500, bodyMs: 400 };
  const made = createUndiciClient({ url, timeouts, connections: 4 });
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.close() });
}

describe("the reception of an answer", () => {
  it("passes interim responses on, and trailers once the body has ended", async () => {
    const information: unknown[] = [];
    await using origin = await httpOrigin((_request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" }, () => {
        response.writeHead(200, { Trailer: "X-Sum" });
        response.write("body");
        response.addTrailers({ "X-Sum": "4" });
        response.end();
      });
    });
    await using upstream = client(origin.url);
    const reply = await upstream.send(
      upstreamRequest({ onInformation: (status, fields) => information.push([status, ...fields]) }),
    );
    expect(await textOf(reply.body)).toBe("body");
    expect(reply.trailers()).toEqual(["X-Sum", "4"]);
    expect(information).toEqual([[103, "Link", "</style.css>; rel=preload"]]);
  });

  it.each([
    ["204", "HTTP/1.1 204 No Content\r\n\r\n", "GET"],
    ["304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "GET"],
    ["HEAD with a length", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "HEAD"],
  ])("ends without a body: %s", async (_what, bytes, method) => {
    await using origin = await bytesOrigin(bytes);
    await using upstream = client(origin.url);
    const reply = await upstream.send(upstreamRequest({ method }));
    expect(await textOf(reply.body)).toBe("");
  });

  it("fails the body of an answer that is cut short", async () => {
    await using origin = await bytesOrigin(
      "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf",
      true,
    );
    await using upstream = client(origin.url);
    const reply = await upstream.send(upstreamRequest());
    await expect(textOf(reply.body)).rejects.toMatchObject({ kind: "broken" });
  });

  it("fails a body that drips for longer than the bound", async () => {
    await using origin = await rawOrigin((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n");
        const drip = setInterval(() => socket.write("x"), 20);
        socket.on("close", () => clearInterval(drip));
      });
    });
    await using upstream = client(origin.url);
    const reply = await upstream.send(upstreamRequest());
    await expect(textOf(reply.body)).rejects.toMatchObject({ kind: "timeout" });
  });

  it("holds a body back that nobody reads", async () => {
    let written = 0;
    await using origin = await httpOrigin((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (written < 512 && response.write(chunk)) written += 1;
        if (written < 512) response.once("drain", more);
        else response.end();
      };
      more();
    });
    await using upstream = client(origin.url);
    const reply = await upstream.send(upstreamRequest());
    await expect.poll(() => reply.body.readableLength).toBeGreaterThan(0);
    expect(reply.body.readableLength).toBeLessThan(1024 * 1024);
    reply.body.destroy();
  });

  it("frees the connection when a body is not wanted", async () => {
    const closed = Promise.withResolvers<void>();
    await using origin = await rawOrigin((socket) => {
      socket.on("error", () => {});
      socket.on("close", () => closed.resolve());
      socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"));
    });
    await using upstream = client(origin.url);
    const reply = await upstream.send(upstreamRequest());
    reply.body.destroy();
    await closed.promise;
    expect(reply.body.destroyed).toBe(true);
  });
});
