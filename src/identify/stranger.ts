import { Problem } from "../http/problem.ts";
import type { Found } from "./directory.ts";

/**
 * What is told to whoever sent no key of a consumer, of `count` that are known. Whoever has a key that was valid once may
 * know why it is not.
 */
export function stranger(
  found: Exclude<Found, { kind: "known" }>,
  sentOne: boolean,
  count: number,
): Problem {
  if (found.kind === "disabled") {
    const detail = `The consumer ${found.name}, whose key this is, has been disabled. Ask the gateway's operator to enable it.`;
    return new Problem("unknown-consumer", { detail });
  }
  if (found.kind === "expired") {
    const detail = `This key of the consumer ${found.name} has been replaced and is no longer valid. Send the new one.`;
    return new Problem("unknown-consumer", { detail });
  }
  const detail = sentOne
    ? "No consumer of this gateway has the key that was sent. Send this service's own consumer key, not the API's app key."
    : "Send this service's consumer key where the API's app key would go, or as Authorization: Bearer.";
  const operatorNote = `${count} consumers are known; none has the key that was sent.`;
  return new Problem("unknown-consumer", { detail, operatorNote });
}
