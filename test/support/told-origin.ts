import { request as httpRequest, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { eachField, type RawFields } from "../../src/http/fields.ts";
import { startWorld, type World, type WorldOptions } from "./gateway.ts";
import { httpOrigin } from "./origin.ts";
import { unlistedGets } from "./settings.ts";

/*
 * A gateway before an origin that answers as it is told, so that a test is of fields alone: what the origin saw,
 * and what the client got.
 */

/** An answer of the origin; absent parts: 200, a body of a few letters, a Date. */
export interface Told {
  readonly status?: number;
  /** A value that is a list is as many lines. `Date: ""`: none. */
  readonly fields?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
  /** Closes the connection before the head, or in the middle of the body. */
  readonly broken?: "unanswered" | "cut";
  /** Not before the next `release()`. */
  readonly hold?: boolean;
}

/** A request as the origin saw it. */
export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly fields: IncomingHttpHeaders;
  readonly body: string;
}

/** What a client asks. */
export interface Question {
  readonly method?: string;
  readonly fields?: RawFields;
  readonly body?: string;
  /** Another instance's base; absent: the first one's. */
  readonly base?: string;
  readonly signal?: AbortSignal;
}

/** What a client got. */
export interface Got {
  readonly status: number;
  readonly fields: IncomingHttpHeaders;
  /** Values of each line of a field. */
  readonly lines: (name: string) => readonly string[];
  readonly bytes: Buffer;
  readonly body: string;
  /** The value of Cache-Status. */
  readonly cache: string;
}

/** The two together. */
export interface ToldWorld extends AsyncDisposable {
  readonly world: World;
  /** Without a trailing slash. */
  readonly originUrl: string;
  /** What the origin saw so far, in order. */
  readonly seen: readonly Seen[];
  /** How the origin answers from now on. */
  tell(told: Told | ((seen: Seen) => Told)): void;
  /** Requests that the origin holds. */
  held(): number;
  release(): void;
  /** Asks the gateway; the path goes out as it is written. Rejects where the answer breaks off. */
  ask(path: string, question?: Question): Promise<Got>;
}

/** Starts a generic upstream whose unlisted GETs the origin's own fields decide. */
export async function startToldWorld(options: WorldOptions = {}): Promise<ToldWorld> {
  const seen: Seen[] = [];
  let reply: (seen: Seen) => Told = plain;
  let held: (() => void)[] = [];
  const origin = await httpOrigin(async (request, response) => {
    const { method = "", url = "", headers } = request;
    // Recorded first: a body that breaks off is a request all the same.
    const one = { method, target: url, fields: headers, body: "" };
    const at = seen.push(one) - 1;
    const whole = { ...one, body: await text(request).catch(() => "") };
    seen[at] = whole;
    const told = reply(whole);
    if (told.hold === true) await new Promise<void>((resolve) => held.push(resolve));
    write(told, method, response);
  });
  const originUrl = origin.url.href.replace(/\/$/, "");
  const world = await startWorld({
    ...options,
    upstream: {
      name: "api",
      url: origin.url,
      routes: [],
      unlistedGets: unlistedGets(),
      ...options.upstream,
    },
  });
  const release = (): void => {
    for (const go of held.splice(0)) go();
  };
  return {
    world,
    originUrl,
    seen,
    tell(told) {
      reply = typeof told === "function" ? told : () => told;
    },
    held: () => held.length,
    release,
    ask: (path, question = {}) => ask(question.base ?? world.base, path, question),
    async [Symbol.asyncDispose]() {
      release();
      held = [];
      await world[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

function plain(): Told {
  return {};
}

function write(told: Told, method: string, response: ServerResponse): void {
  const { status = 200, fields = {}, body = "hello", broken } = told;
  response.on("error", () => {});
  if (broken === "unanswered") return void response.destroy();
  if (fields["Date"] !== undefined) response.sendDate = false;
  for (const [name, value] of Object.entries(fields)) {
    if (name !== "Date" || value !== "") response.setHeader(name, value);
  }
  response.statusCode = status;
  if (broken === "cut") {
    response.setHeader("Content-Length", String(Buffer.byteLength(body) + 10));
    return void response.write(body, () => response.destroy());
  }
  return void response.end(method === "HEAD" || status === 304 ? undefined : body);
}

async function ask(base: string, path: string, question: Question): Promise<Got> {
  const { method = "GET", fields = [], body = "", signal } = question;
  const { hostname, port, host, pathname } = new URL(base);
  const length = body === "" ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  const target = `${pathname.replace(/\/$/, "")}${path}`;
  const headers = ["Host", host, ...fields, ...length];
  const options = { hostname, port, method, path: target, headers, agent: false };
  const asking = httpRequest({ ...options, ...(signal ? { signal } : {}) }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const bytes = Buffer.concat(chunks);
      resolve({
        status: response.statusCode ?? 0,
        fields: response.headers,
        lines: (name) =>
          [...eachField(response.rawHeaders)].flatMap(([one, value]) =>
            one.toLowerCase() === name ? [value] : [],
          ),
        bytes,
        body: bytes.toString(),
        cache: String(response.headers["cache-status"]),
      });
    });
  });
  asking.on("error", reject);
  asking.end(body);
  return promise;
}
