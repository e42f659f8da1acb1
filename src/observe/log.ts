import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { pino, type Logger } from "pino";
import { Problem } from "../http/problem.ts";
import type PinoPretty from "pino-pretty";
import type { AccessRecord } from "./access-record.ts";
import type { Settings } from "../ports/settings.ts";

/** Overwrites whatever must not be seen; see forward/mask.ts. */
export interface TextMask {
  text(text: string): string;
}

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
  const stream = pretty
    ? prettyStream()({ ...readable, destination: new Lines(write), sync: true })
    : gathered(write);
  return pino({ level: settings.level, base: null }, stream);
}

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
function gathered(write: (text: string) => void): { write(line: string): void } {
  let lines = "";
  const flush = (): void => {
    process.removeListener("exit", flush);
    const ready = lines;
    lines = "";
    if (ready !== "") write(ready);
  };
  return {
    write(line) {
      if (lines === "") {
        setImmediate(flush);
        process.once("exit", flush);
      }
      lines += line;
      if (lines.length > MOST_GATHERED) flush();
    },
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
