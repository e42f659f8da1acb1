import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { pino, type Logger } from "pino";
import { Problem } from "../http/problem.ts";
import type PinoPretty from "pino-pretty";
import { recordOfHit, type AccessRecord, type HitRecord } from "./access-record.ts";
import { HitLines, type TextMask } from "./hit-lines.ts";
import type { Settings } from "../ports/settings.ts";

/** How the log is written. */
export interface LogOptions {
  readonly settings: Settings["log"];
  /** Every line passes through it, so that a secret cannot be logged, wherever it came from. */
  readonly mask: TextMask;
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** JSON lines; on a terminal, for people. */
export function createLog({ settings, mask, out }: LogOptions): Logger {
  const pretty = settings.pretty === "auto" ? out.isTTY === true : settings.pretty;
  const write = (lines: string): void => {
    out.write(mask.text(lines));
  };
  const readable = {
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
    colorize: out.isTTY === true,
  };
  const options = { level: settings.level, base: null };
  if (pretty) {
    return pino(
      options,
      prettyStream()({ ...readable, destination: new Lines(write), sync: true }),
    );
  }
  const gathered = new Gathered((lines) => void out.write(lines));
  const log = pino(options, { write: (line: string) => gathered.add(mask.text(line)) });
  const lines = new HitLines(mask);
  ways.set(log, (hit) => gathered.add(lines.write(hit, Date.now())));
  return log;
}

/** How a log that writes JSON writes a hit: its lines are put together from parts that are masked already. */
const ways = new WeakMap<Logger, (hit: HitRecord) => void>();

/** Loaded where somebody reads the log on a terminal. */
function prettyStream(): typeof PinoPretty {
  return createRequire(import.meta.url)("pino-pretty");
}

/** A stream, as PinoPretty needs one. */
class Lines extends Writable {
  constructor(write: (text: string) => void) {
    super({
      decodeStrings: false,
      write(line, _encoding, done) {
        write(String(line));
        done();
      },
    });
  }
}

/** More than so many characters are not kept back. */
const MOST_GATHERED = 65_536;

/**
 * Lines of one round of the event loop are written together: a call of the system for each would cost as much as all
 * else that is recorded of an exchange. Whatever ends the process but a kill leaves none of them behind.
 */
class Gathered {
  readonly #write: (lines: string) => void;
  #lines = "";

  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  /** Takes a line that holds no secret. */
  add(line: string): void {
    if (this.#lines === "") {
      setImmediate(this.#flush);
      process.once("exit", this.#flush);
    }
    this.#lines += line;
    if (this.#lines.length > MOST_GATHERED) this.#flush();
  }

  readonly #flush = (): void => {
    process.removeListener("exit", this.#flush);
    const ready = this.#lines;
    this.#lines = "";
    if (ready !== "") this.#write(ready);
  };
}

/**
 * One line for one exchange: a problem of our own making as a warning or error, the rest as information.
 * What lies behind a problem is told with its stack; a plain refusal has nothing behind it.
 */
export function logAccess(log: Logger, record: AccessRecord, cause?: unknown): void {
  const level = record.problem === "internal" ? "error" : record.problem ? "warn" : "info";
  const behind = cause instanceof Problem ? cause.cause : cause;
  log[level]({ exchange: record, ...(behind ? { err: behind } : {}) }, "exchange");
}

/** The same line for a hit as its whole record would have. */
export function logHit(log: Logger, hit: HitRecord): void {
  const way = ways.get(log);
  if (!way) logAccess(log, recordOfHit(hit));
  else if (log.isLevelEnabled("info")) way(hit);
}
