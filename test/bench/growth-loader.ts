import { connect } from "node:net";
import { text } from "node:stream/consumers";

/*
 * Load by many consumers, in a process of its own: `growth-loader.ts URL CONSUMERS SECONDS`. Each of 32 connections asks
 * for one URL again and again, each time by the next consumer's key and with a field that no request had before: what is word for
 * word a request of a moment ago is answered at the edge, and how often that happens depends on the machine's speed. Prints
 * how many answers came.
 */

const CONNECTIONS = 32;
const [url = "", consumers = "1", seconds = "1"] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const until = performance.now() + Number(seconds) * 1000;
let asked = 0;
let answered = 0;

function request(last: boolean): string {
  asked += 1;
  const path = `/items/1?apikey=growth-key-c${asked % Number(consumers)}`;
  const fields = `Host: growth\r\nX-Asked: ${asked}\r\nConnection: ${last ? "close" : "keep-alive"}`;
  return `GET ${path} HTTP/1.1\r\n${fields}\r\n\r\n`;
}

async function open(): Promise<void> {
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true).setEncoding("latin1");
  let seen = "";
  let last = false;
  const ask = (): void => {
    seen = "";
    last = performance.now() >= until;
    socket.write(request(last));
  };
  socket.on("connect", ask);
  socket.on("data", (chunk: string) => {
    seen += chunk;
    const end = seen.indexOf("\r\n\r\n");
    const length = /\r\ncontent-length: *(\d+)/i.exec(seen)?.[1] ?? "0";
    if (end === -1 || seen.length < end + 4 + Number(length)) return;
    if (!seen.startsWith("HTTP/1.1 200")) throw new Error(seen);
    answered += 1;
    if (!last) ask();
  });
  await text(socket);
}

await Promise.all(Array.from({ length: CONNECTIONS }, open));
process.stdout.write(String(answered));
