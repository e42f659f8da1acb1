import { createServer } from "node:http";
import { parseArgs } from "node:util";

/*
 * A bare node:http server, in a process of its own: the origin behind every peer, and itself a peer (what Node can do
 * at most). It answers every path with one body of 1.4 kB and the fields that a stored answer of the gateway has.
 */

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    fields: { type: "string", default: "origin" },
  },
});

const ITEM = { id: 4711, subject: "Invoice 2026-11", status: "open", owner: "billing@example.com" };
const BODY = Buffer.from(JSON.stringify(Array.from({ length: 16 }, () => ITEM)).slice(0, 1400));

const ORIGIN_FIELDS = [
  ["Content-Type", "application/json"],
  ["Content-Length", String(BODY.byteLength)],
  ["Cache-Control", "public, max-age=86400"],
  ["ETag", '"a1b2c3d4e5f6"'],
] as const;

/** What the gateway adds to an answer from store. */
const GATEWAY_FIELDS = [
  ["Vary", "Accept-Encoding"],
  ["Age", "12"],
  ["Cache-Status", "sluice;hit;ttl=86388"],
  ["RateLimit-Policy", '"api";q=100000;w=60'],
  ["RateLimit", '"api";r=99999;t=60'],
  ["Via", "1.1 sluice"],
  ["X-Request-Id", "9b2d8a4e-6f6c-4f0a-9a43-1c86ad5f2a77"],
] as const;

const fields = [...ORIGIN_FIELDS, ...(values.fields === "gateway" ? GATEWAY_FIELDS : [])].flat();

createServer({ keepAliveTimeout: 65_000 }, (_request, response) => {
  response.writeHead(200, fields);
  response.end(BODY);
}).listen(Number(values.port), "127.0.0.1");
