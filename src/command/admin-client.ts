import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { describeProblem } from "../config/describe-problems.ts";
import { interpolate } from "../config/interpolate.ts";
import { configSchema } from "../config/schema.ts";
import { CommandFault } from "../operate/exit.ts";
import { toldOf, type Told } from "./told.ts";
import { fileOf, textOf, type Given, type Surroundings } from "./command.ts";

/** Where an instance is asked, and with what. */
export interface Door {
  readonly url: string;
  /** `""`: none is known. */
  readonly token: string;
}

/** One question or order. */
export interface Asking {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
}

/** An instance answers at once; one that waits for its store, within its own bounds. */
const PATIENCE_MS = 30_000;

/** After so long whoever waits is told so. */
const SILENT_MS = 500;

/** Where the call's instance is: as it was said, else as the environment or the configuration file says. */
export function doorOf(given: Given, { environment }: Pick<Surroundings, "environment">): Door {
  const written = writtenDoor(fileOf(given), environment);
  const url = textOf(given, "admin") ?? environment["SLUICE_ADMIN_URL"] ?? written.url;
  const token = environment["SLUICE_ADMIN_TOKEN"] ?? written.token;
  if (!/^https?:\/\//.test(url)) {
    throw new CommandFault("usage", `"${url}" is no address: --admin http://127.0.0.1:8081`);
  }
  return { url: url.replace(/\/+$/, ""), token };
}

/** Asks the instance. @throws CommandFault where it does not answer, or refuses. */
export async function ask(door: Door, asking: Asking, around: Surroundings): Promise<Told> {
  const { method, path, body = {} } = asking;
  const sent = method === "GET" ? {} : { body: JSON.stringify(body) };
  const credential = door.token === "" ? {} : { Authorization: `Bearer ${door.token}` };
  const headers = { "Content-Type": "application/json", ...credential };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await patiently(
    fetch(`${door.url}${path}`, { method, headers, signal, ...sent }),
    around,
  ).catch((error: unknown) => {
    throw new CommandFault("unavailable", silence(door, error));
  });
  const told = membersOf(await response.text());
  if (!response.ok) throw refusal(response.status, told, door);
  return told;
}

/** Tells a person that it takes a while. */
async function patiently<Result>(work: Promise<Result>, { err }: Surroundings): Promise<Result> {
  if (err.isTTY !== true) return work;
  const since = performance.now();
  const timer = setInterval(() => {
    err.write(`\r${Math.round((performance.now() - since) / 1000)} s, the instance works on it`);
  }, SILENT_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (performance.now() - since >= SILENT_MS) err.write("\r\u001B[K");
  }
}

function silence({ url }: Door, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message : String(cause);
  return `No instance answers at ${url} (${why}). Start one with sluice serve, or name another: --admin URL.`;
}

function refusal(status: number, told: Told, { url, token }: Door): CommandFault {
  const detail = typeof told["detail"] === "string" ? told["detail"] : `It answered ${status}.`;
  if (status === 401) {
    const remedy =
      token === "" ? "Set SLUICE_ADMIN_TOKEN to it." : "The token that was sent is another.";
    return new CommandFault("forbidden", `The instance at ${url} asks for its token. ${remedy}`);
  }
  if (status === 403) return new CommandFault("forbidden", detail);
  if (status === 503) return new CommandFault("unavailable", detail);
  const more = [...itemsOf(told["paths"]), ...itemsOf(told["problems"])];
  return new CommandFault(status >= 500 ? "failure" : "refused", [detail, ...more].join("\n"));
}

/** Paths, a line each, and problems as at the start. */
function itemsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((one: unknown) => {
    if (typeof one === "string") return `  ${one}`;
    const { path, problem, found, remedy } = toldOf(one);
    return describeProblem({
      path: String(path),
      problem: String(problem),
      ...(typeof found === "string" ? { found } : {}),
      ...(typeof remedy === "string" ? { remedy } : {}),
    });
  });
}

function membersOf(text: string): Told {
  try {
    return toldOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** What the file says of the admin port alone, so that the rest may lack its variables in this shell. */
function writtenDoor(file: string, environment: Surroundings["environment"]): Door {
  let written: unknown;
  try {
    const { admin = {} } = toldOf(parseDocument(readFileSync(file, "utf8")).toJS());
    written = interpolate(admin, environment).value;
  } catch {
    written = {};
  }
  const read = configSchema.shape.admin.safeParse(written);
  const { host, port, token } = read.success ? read.data : configSchema.shape.admin.parse({});
  const reached = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return { url: `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`, token };
}
