import type { Readable } from "node:stream";
import type { Outbound } from "./forward/outbound.ts";
import type { RequestBody } from "./forward/request-body.ts";
import { fieldLines, type RawFields } from "./http/fields.ts";
import type { Asked } from "./identify/identify.ts";
import type { Effect, Errand, Line } from "./line.ts";
import type { Hit } from "./lookup/find.ts";
import type { Notes } from "./observe/access-record.ts";

/** A request as the edge hands it over. */
export interface ClientRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: RawFields;
  readonly address: string;
  readonly body: Readable;
  readonly hasBody: boolean;
  readonly declaredBytes: number | undefined;
  /** The gateway's own origin as this client sees it. */
  readonly origin: string;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
  /** How long the client may take nothing of its answer; absent: as long as it likes. */
  readonly stallMs?: number;
  /** Passes an interim response on. */
  readonly inform: (status: number, fields: RawFields) => void;
}

/** One exchange on its path: what was asked, and what is learned on the way. */
export interface Exchange {
  /** What of the client's request counts once it is known what was asked. */
  readonly request: Pick<ClientRequest, "method" | "fields" | "signal">;
  readonly asked: Asked;
  readonly line: Line;
  readonly body: RequestBody;
  readonly notes: Notes;
  readonly effect: Effect;
  readonly since: number;
  /** What it was answered from, where that was stored. */
  served?: Hit;
}

/** An exchange with a client at its other end. */
export interface ClientExchange extends Exchange {
  readonly request: ClientRequest;
}

/** On whose account it is, and for what. */
export interface Spender {
  readonly upstream: string;
  readonly consumer: string;
  /** The route's pattern, or `unlisted`. */
  readonly route: string;
}

/** Who asks, as records and accounts name it. */
export function spenderOf({ upstream, caller, route }: Asked): Spender {
  return { upstream: upstream.name, consumer: caller.name, route: route?.name ?? "unlisted" };
}

/** What an exchange sends to its upstream. */
export function errandOf(
  { asked, body, since, notes, effect }: Exchange,
  outbound: Outbound,
  more: Partial<Pick<Errand, "onInformation" | "onReturn">> = {},
): Errand {
  const deadline = since + asked.waitMs;
  return { asked, outbound, body, since, deadline, notes, effect, ...more };
}

/**
 * True where its request carries a credential, the gateway's or the client's (RFC 9111 section 3.5): judged on the
 * client's own fields, since what its Connection lists is gone from those that leave.
 */
export function isAuthenticated({ request, asked }: Exchange): boolean {
  return asked.upstream.keys.length > 0 || fieldLines(request.fields, "authorization").length > 0;
}
