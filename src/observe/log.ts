import { Writable } from "node:stream";
import { pino, type Logger } from "pino";
import { PinoPretty } from "pino-pretty";
import { Problem } from "../http/problem.ts";
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
  const masked = new Writable({
    decodeStrings: false,
    write(line, _encoding, done) {
      out.write(mask.text(String(line)));
      done();
    },
  });
  const readable = {
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
    colorize: out.isTTY === true,
  };
  const stream = pretty ? PinoPretty({ ...readable, destination: masked, sync: true }) : masked;
  return pino({ level: settings.level, base: null }, stream);
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
