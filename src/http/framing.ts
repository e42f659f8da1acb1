import { fieldLines, type RawFields } from "./fields.ts";

/** What of a request's head says where it ends and whom it is for. */
export interface Framing {
  /** `1.1` or `1.0`. */
  readonly httpVersion: string;
  readonly fields: RawFields;
}

/**
 * Why a request is refused although its bytes could be read, in words; `undefined`: nothing is wrong. Each of these is read
 * in one way here and in another elsewhere, so that two that pass it on would see different requests.
 */
export function framingFault({ httpVersion, fields }: Framing): string | undefined {
  const hosts = fieldLines(fields, "host").length;
  // RFC 9112 section 3.2: 400 to a request "that contains more than one Host header field line".
  if (hosts > 1) return "The request has more than one Host.";
  if (hosts === 0 && httpVersion !== "1.0") return "The request has no Host.";
  const codings = fieldLines(fields, "transfer-encoding");
  if (codings.length > 0 && httpVersion === "1.0") {
    // RFC 9112 section 6.1: "MUST treat the message as if the framing is faulty".
    return "A request in HTTP/1.0 has no Transfer-Encoding.";
  }
  // A coding within chunks would be taken off with them, and the upstream would get what it cannot read.
  if (codings.length > 1 || (codings[0] ?? "chunked").trim().toLowerCase() !== "chunked") {
    return "The one Transfer-Encoding that is read here is chunked.";
  }
  return undefined;
}
