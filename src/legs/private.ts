import { errandOf, type ClientExchange, type Exchange } from "../exchange.ts";
import { privateOutbound } from "../forward/outbound.ts";
import { invalidatedGroups } from "../http/cache-groups.ts";
import { isSafe, locationPaths } from "../http/invalidation.ts";
import { touchedBeside, touchedNames } from "../lookup/cache-key.ts";
import { storedPost } from "./stored-post.ts";
import type { Forwarded } from "../forward/forward.ts";
import type { Asked } from "../identify/identify.ts";
import type { CacheStore, Mark } from "../ports/cache-store.ts";
import type { Upstream } from "../ports/settings.ts";
import type { Answer } from "../respond/answer.ts";
import type { Permit } from "../schedule/permit.ts";
import type { Invalidation, Outcome } from "../store/invalidate.ts";

/*
 * The leg of what is for one client alone: nothing is looked up, shared or stored. What it may change is announced
 * before it leaves, and invalidated before its client is answered (promise P7).
 */

/** What the leg is built with. */
export interface PrivateParts {
  readonly store: CacheStore;
  readonly invalidation: Invalidation;
}

/** Answers exchanges that concern one client, writes among them. */
export class PrivateLeg {
  readonly #parts: PrivateParts;

  constructor(parts: PrivateParts) {
    this.#parts = parts;
  }

  /** The upstream's answer to this client. @throws Problem, or the signal's reason. */
  async answer(exchange: ClientExchange, reason: "bypass" | "method"): Promise<Answer> {
    const { invalidation, store } = this.#parts;
    const { asked, line, notes, request } = exchange;
    const errand = errandOf(exchange, privateOutbound(asked), { onInformation: request.inform });
    notes.cache = { kind: "forward", reason, stored: false, collapsed: false };
    const permit = await line.acquire(errand, request.signal);
    const mark = markOf(asked, permit);
    await invalidation.announce(mark).catch((error: unknown) => {
      permit.giveBack();
      throw error;
    });
    let reply: Forwarded | undefined;
    try {
      reply = await line.send(errand, permit, request.signal);
    } finally {
      // Before the answer, whatever it is: an outcome that is not known may have been a change (P7).
      await invalidation.conclude(mark, outcomeOf(exchange, mark, reply));
    }
    return asked.upstream.liberal ? storedPost({ store, exchange }, reply) : reply;
  }
}

/** What a request is about to change, for as long as it may take to. */
function markOf({ upstream, route, method, path }: Asked, { ticket }: Permit): Mark {
  const { connectMs, headersMs, bodyMs } = upstream.timeouts;
  const invalidates = route?.invalidates ?? [];
  return {
    writer: ticket,
    names: touchedNames({ upstream: upstream.name, method, path, invalidates }),
    forMs: upstream.queue.maxWaitMs + connectMs + headersMs + bodyMs,
  };
}

/** What it has changed, as far as its answer tells. None, or a failure: it may act on it yet. */
function outcomeOf(
  { asked, effect }: Exchange,
  { names }: Mark,
  answer: Answer | undefined,
): Outcome {
  if (!effect.mayHaveChanged) return { touched: [], known: true };
  if (!answer) return { touched: names, known: false };
  const { upstream, method } = asked;
  // "when it receives a non-error status code in response to an unsafe request method" (RFC 9111 section 4.4). Not
  // the default: of a 4xx or a 5xx of such an API nobody can tell that it has changed nothing.
  if (upstream.liberal && answer.status >= 400) return { touched: [], known: true };
  const requestUrl = new URL(privateOutbound(asked).target, upstream.url);
  const paths = locationPaths(answer.fields, requestUrl).map((path) => belowBase(upstream, path));
  const groups = invalidatedGroups(method, answer.fields);
  const beside = isSafe(method) ? [] : touchedBeside(upstream.name, { paths, groups });
  return { touched: [...names, ...beside], known: answer.status < 500 };
}

/** A path of the upstream as it stands below the mount. */
function belowBase({ url }: Upstream, path: string): string {
  const base = url.pathname.replace(/\/$/, "");
  return path.startsWith(`${base}/`) ? path.slice(base.length) : path;
}
