import { connect } from "node:net";
import { parseArgs } from "node:util";

/*
 * Load without wrk, in a process of its own: connections that ask for one URL again and again, each as soon as its
 * answer is whole, for so many seconds or until so many answers have come. With a salt each asks for URLs below it that
 * nobody has asked for yet. Prints what happened as JSON.
 */

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    seconds: { type: "string", default: "1" },
    connections: { type: "string", default: "64" },
    salt: { type: "string", default: "" },
    method: { type: "string", default: "GET" },
    count: { type: "string", default: "Infinity" },
  },
});

const { hostname, port, pathname, host } = new URL(values.url);
const CONTENT = values.method === "GET" ? "" : '{"subject":"Invoice","status":"open"}';
const FIELDS =
  CONTENT === ""
    ? `Host: ${host}\r\n`
    : `Host: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${CONTENT.length}\r\n`;
const latenciesMs: number[] = [];
let failed = 0;
let asked = 0;
const began = performance.now();
const until = began + Number(values.seconds) * 1000;
const most = Number(values.count);

function nextRequest(): string {
  asked += 1;
  const path = values.salt === "" ? pathname : `${pathname}/${values.salt}-${asked}`;
  return `${values.method} ${path} HTTP/1.1\r\n${FIELDS}\r\n${CONTENT}`;
}

function open(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(Number(port), hostname);
  let seen = "";
  let since = 0;
  const ask = (): void => {
    seen = "";
    since = performance.now();
    socket.write(nextRequest());
  };
  socket.setNoDelay(true).setEncoding("latin1");
  socket.on("connect", ask);
  socket.on("error", () => {
    failed += 1;
  });
  socket.on("close", () => resolve());
  socket.on("data", (text: string) => {
    seen += text;
    if (!isWhole(seen)) return;
    if (!seen.startsWith("HTTP/1.1 200")) failed += 1;
    const now = performance.now();
    latenciesMs.push(now - since);
    if (now < until && asked < most) ask();
    else socket.destroy();
  });
  return promise;
}

/** True once head and body are there: by its length, or by the last chunk. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  if (length === undefined) return text.endsWith("\r\n0\r\n\r\n");
  return text.length >= end + 4 + Number(length);
}

await Promise.all(Array.from({ length: Number(values.connections) }, open));
const seconds = (performance.now() - began) / 1000;
latenciesMs.sort((one, other) => one - other);
const at = (part: number): number => latenciesMs[Math.floor(latenciesMs.length * part)] ?? 0;
const perSecond = latenciesMs.length / seconds;
const shown = { perSecond, p50Ms: at(0.5), p99Ms: at(0.99), failed, seconds };
process.stdout.write(JSON.stringify(shown));
