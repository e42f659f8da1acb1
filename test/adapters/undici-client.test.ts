import { once } from "node:events";
import { Readable } from "node:stream";
import { createServer as createNetServer } from "node:net";
import { describe, expect, it } from "vitest";
import { createUndiciClient, type UndiciOptions } from "../../src/adapters/undici-client.ts";
import { settle } from "../support/fake-clock.ts";
import { bytesOrigin, httpOrigin, rawOrigin, textOf } from "../support/origin.ts";
import { upstreamRequest } from "../support/upstream-request.ts";
import type { AddressInfo } from "node:net";
import type { UpstreamClient } from "../../src/ports/upstream-client.ts";

function client(url: URL, changes: Partial<UndiciOptions> = {}): UpstreamClient & AsyncDisposable {
  const timeouts = { connectMs: 500, headersMs: 500, bodyMs: 500 };
  const made = createUndiciClient({ url, timeouts, connections: 4, ...changes });
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.close() });
}

describe("an undici client", () => {
  it("send() writes target, fields and body as given, and keeps the connection", async () => {
    const seen: unknown[] = [];
    await using origin = await httpOrigin((request, response) => {
      void textOf(request).then((body) => {
        seen.push([request.method, request.url, request.rawHeaders.slice(4), body]);
        return response.end("ok");
      });
    });
    await using upstream = client(origin.url);
    for (const body of [Buffer.from("a"), Readable.from([Buffer.from("b")])]) {
      const fields = ["X-One", "1", "X-One", "2"];
      const request = upstreamRequest({ method: "PUT", target: "/a%2Fb?c=d", fields, body });
      expect(await textOf((await upstream.send(request)).body)).toBe("ok");
      // The connection is free again one turn of the event loop after the body's end.
      await settle();
    }
    expect(seen).toEqual([
      ["PUT", "/a%2Fb?c=d", ["X-One", "1", "X-One", "2", "content-length", "1"], "a"],
      ["PUT", "/a%2Fb?c=d", ["X-One", "1", "X-One", "2", "transfer-encoding", "chunked"], "b"],
    ]);
    expect(origin.connections()).toBe(1);
  });

  it("send() gives back field lines as they came: order, case, duplicates, latin-1", async () => {
    const head =
      "HTTP/1.1 200 Very Well\r\nX-B: 2\r\nx-a: caf\xe9\r\nX-B: 1\r\nContent-Length: 2\r\n\r\nhi";
    await using origin = await bytesOrigin(head);
    await using upstream = client(origin.url);
    const reply = await upstream.send(upstreamRequest());
    expect(reply).toMatchObject({ status: 200, reason: "Very Well" });
    expect(reply.fields).toEqual(["X-B", "2", "x-a", "caf\xe9", "X-B", "1", "Content-Length", "2"]);
    expect(await textOf(reply.body)).toBe("hi");
  });

  it("tells of no more than 32 interim responses, and waits no longer for what follows them", async () => {
    const timers: NodeJS.Timeout[] = [];
    const hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(10);
    await using origin = await rawOrigin((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => timers.push(setInterval(() => socket.write(hint), 20)));
    });
    await using upstream = client(origin.url);
    let told = 0;
    const sent = upstream.send(upstreamRequest({ onInformation: () => (told += 1) }));
    await expect(sent).rejects.toMatchObject({ name: "UpstreamFault", kind: "timeout" });
    expect(told).toBe(32);
    for (const timer of timers) clearInterval(timer);
  });

  it("lets an upload take its time after an interim response", async () => {
    await using origin = await httpOrigin((request, response) => {
      response.writeProcessing();
      void textOf(request).then((body) => response.end(body));
    });
    await using upstream = client(origin.url);
    const body = new Readable({ read: () => {} });
    body.push("a");
    const sent = upstream.send(upstreamRequest({ method: "PUT", body }));
    // Longer than an answer may take.
    setTimeout(() => body.push("b") && body.push(null), 700);
    expect(await textOf((await sent).body)).toBe("ab");
  });

  it("send() writes nothing where the permit has run out, and the connection serves on", async () => {
    let requests = 0;
    await using origin = await httpOrigin((_request, response) => {
      requests += 1;
      response.end();
    });
    await using upstream = client(origin.url);
    const late = upstream.send(upstreamRequest({ mayDepart: () => false }));
    await expect(late).rejects.toMatchObject({ kind: "not-departed" });
    expect(requests).toBe(0);
    await textOf((await upstream.send(upstreamRequest())).body);
    expect([requests, origin.connections()]).toEqual([1, 1]);
  });

  it("send() tells a refused connection from one that broke after the head had left", async () => {
    const server = createNetServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await using nobody = client(new URL(`http://127.0.0.1:${port}`));
    const refused = nobody.send(upstreamRequest());
    await expect(refused).rejects.toMatchObject({ name: "UpstreamFault", kind: "unreachable" });

    await using origin = await rawOrigin((socket) => socket.on("data", () => socket.destroy()));
    await using upstream = client(origin.url);
    await expect(upstream.send(upstreamRequest())).rejects.toMatchObject({ kind: "broken" });
  });

  it("send() gives up on a head that does not come", async () => {
    await using origin = await rawOrigin(() => {});
    await using upstream = client(origin.url);
    await expect(upstream.send(upstreamRequest())).rejects.toMatchObject({ kind: "timeout" });
  });

  it("send() gives up on a connection that is not made in time, its TLS included", async () => {
    await using origin = await rawOrigin(() => {});
    const url = new URL(origin.url);
    url.protocol = "https:";
    await using upstream = client(url);
    await expect(upstream.send(upstreamRequest())).rejects.toMatchObject({
      kind: "connect-timeout",
    });
  });

  it("send() rejects with the signal's reason, and closes the connection of what is under way", async () => {
    const closed = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await using origin = await rawOrigin((socket) => {
      socket.on("data", () => arrived.resolve());
      socket.on("close", () => closed.resolve());
    });
    await using upstream = client(origin.url);
    const leaving = new AbortController();
    const sending = upstream.send(upstreamRequest({ signal: leaving.signal }));
    await arrived.promise;
    const reason = new Error("the client left");
    leaving.abort(reason);
    await expect(sending).rejects.toBe(reason);
    await closed.promise;
  });

  it("send() never follows a redirect", async () => {
    let requests = 0;
    await using origin = await httpOrigin((_request, response) => {
      requests += 1;
      response.writeHead(302, { Location: "http://127.0.0.1:9/elsewhere" }).end();
    });
    await using upstream = client(origin.url);
    const reply = await upstream.send(upstreamRequest());
    expect([reply.status, requests]).toEqual([302, 1]);
    reply.body.resume();
  });

  it("send() goes by the configured proxy", async () => {
    const targets: string[] = [];
    await using proxy = await httpOrigin((request, response) => {
      targets.push(request.url ?? "");
      response.end("by proxy");
    });
    await using upstream = client(new URL("http://upstream.invalid/"), { proxy: proxy.url });
    const reply = await upstream.send(upstreamRequest({ target: "/x" }));
    expect(await textOf(reply.body)).toBe("by proxy");
    expect(targets).toEqual(["http://upstream.invalid/x"]);
  });
});
