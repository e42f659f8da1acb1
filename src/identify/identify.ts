import { CallerNames } from "./caller-names.ts";
import { passesAuthorization, stripCredential, type Stripped } from "./credential.ts";
import { directoryOf, type Directory, type Found, type Identity } from "./directory.ts";
import { formOf, isForm, takesFormKey } from "./form.ts";
import { mayAsk } from "./may-ask.ts";
import { matchRoute } from "./route-match.ts";
import { stranger } from "./stranger.ts";
import type { WrongKeys } from "./wrong-keys.ts";
import { fieldValue, type RawFields } from "../http/fields.ts";
import { withoutHopByHop } from "../http/hop-by-hop.ts";
import { preferredWaitMs } from "../http/prefer.ts";
import { urgencyOf } from "../http/priority.ts";
import { Problem } from "../http/problem.ts";
import { readTarget } from "../http/target.ts";
import type { Cap } from "../ports/bounds.ts";
import type { Route, Settings, Upstream } from "../ports/settings.ts";

/** A request as it came from a client. */
export interface Incoming {
  readonly method: string;
  readonly target: string;
  readonly fields: RawFields;
  readonly address: string;
  /** The whole body, where it is complete and small enough to be read as a form. */
  readonly form?: Uint8Array;
  readonly hasBody: boolean;
}

/** Who is answered, and with what share. */
export interface Caller {
  readonly name: string;
  readonly weight: number;
  readonly mayForce: boolean;
  /** What it may take at most of each upstream's quotas; absent: only its share bounds it. */
  readonly cap?: Cap;
}

/** A request that may go on: who asks, for what, until when. Holds no credential. */
export interface Asked {
  readonly method: string;
  readonly upstream: Upstream;
  readonly route: Route | undefined;
  readonly caller: Caller;
  /** Canonical, below the mount; begins with `/` unless empty. */
  readonly path: string;
  readonly query: string;
  /** Without hop-by-hop fields, credentials and method overrides. */
  readonly fields: RawFields;
  /** The form body without credentials, where the upstream's key goes into a form. */
  readonly form?: Uint8Array;
  readonly waitMs: number;
  readonly urgency: number;
}

/** Methods that mean something to the connection rather than to the API. */
const NEVER_FORWARDED = new Set(["CONNECT", "TRACE"]);

/** As whom an operator's own requests are accounted. */
export const OPERATOR = "operator";

/** Keys that are looked at in one request: one in each place that an upstream is likely to have, and both halves of Basic. */
const MOST_CANDIDATES = 8;

/** Beside its own key a service may send the API's, and what fills the other half of Basic. More wrong ones are guesses. */
const FILLERS = 2;

/** The last urgency (RFC 9218 section 4.1). */
const LAST = 7;

/** Tells who asks for what, or refuses. */
export class Identifier {
  readonly #directory: Directory;
  readonly #callers = new CallerNames();
  readonly #wrongKeys: WrongKeys | undefined;
  /** Longest first, so that a mount within another is found. */
  #upstreams: readonly Upstream[] = [];

  /** `directory`: whom `directoryOf()` knows, unless others are made at run time. `wrongKeys` absent: not counted. */
  constructor(settings: Settings, directory?: Directory, wrongKeys?: WrongKeys) {
    this.#directory = directory ?? directoryOf(settings, () => 0);
    this.#wrongKeys = wrongKeys;
    this.mount(settings.upstreams);
  }

  /** From now on these are the upstreams. Callers keep their names. */
  mount(upstreams: readonly Upstream[]): void {
    this.#upstreams = upstreams.toSorted((a, b) => b.mount.length - a.mount.length);
  }

  /** Grows with each change of who is let in: what was identified before may come out otherwise. */
  get changes(): number {
    return this.#directory.changes;
  }

  /**
   * True where the client's key may be in the body, which then has to be read before anybody is let in.
   * @throws Problem (bad-request, method-not-allowed, no-such-mount).
   */
  mayHoldKey(incoming: Incoming): boolean {
    const { upstream } = this.#mountOf(targetOf(incoming).path);
    return isForm(incoming.fields) && takesFormKey(upstream);
  }

  /**
   * @throws Problem (bad-request, method-not-allowed, no-such-mount, unknown-consumer, too-many-wrong-keys, not-allowed).
   */
  identify(incoming: Incoming): Asked {
    const { method } = incoming;
    const { path: wholePath, query } = targetOf(incoming);
    const { upstream, path } = this.#mountOf(wholePath);
    const form = formOf(incoming, upstream);
    const presented = { fields: incoming.fields, query, ...(form ? { form } : {}) };
    const passing = passesAuthorization(upstream, this.#directory.open);
    const stripped = stripCredential(presented, upstream.keys, passing);
    const { consumer, caller } = this.#callerOf(stripped, incoming);
    if (consumer && !mayAsk(consumer, method, path)) throw notAllowed(consumer, method, path);
    return {
      method,
      upstream,
      route: matchRoute(upstream.routes, { method, path, query: stripped.query }),
      caller,
      path,
      query: stripped.query,
      fields: withoutHopByHop(stripped.fields),
      ...(stripped.form ? { form: stripped.form } : {}),
      waitMs: waitOf(incoming.fields, upstream, consumer),
      urgency: urgencyOf(fieldValue(incoming.fields, "priority")) ?? consumer?.priority ?? 3,
    };
  }

  /**
   * A GET that an operator asks for in a consumer's name, or in none: the last in line, and never in a hurry.
   * @throws Problem (bad-request, no-such-mount, not-allowed, unknown-consumer).
   */
  identifyErrand(target: string, consumer: string | undefined): Asked {
    const { path: wholePath, query } = targetOf({ method: "GET", target, hasBody: false });
    const { upstream, path } = this.#mountOf(wholePath);
    const known = consumer === undefined ? undefined : this.#directory.named(consumer);
    if (known && !mayAsk(known, "GET", path)) throw notAllowed(known, "GET", path);
    const stripped = stripCredential({ fields: [], query }, upstream.keys);
    const named =
      known?.name ?? (consumer === undefined ? OPERATOR : this.#callers.bounded(consumer));
    return {
      method: "GET",
      upstream,
      route: matchRoute(upstream.routes, { method: "GET", path, query: stripped.query }),
      caller: { name: named, weight: known?.weight ?? 1, mayForce: false, ...capOf(known) },
      path,
      query: stripped.query,
      fields: [],
      waitMs: upstream.queue.maxWaitMs,
      urgency: LAST,
    };
  }

  #mountOf(path: string): { upstream: Upstream; path: string } {
    for (const upstream of this.#upstreams) {
      const { mount } = upstream;
      if (path === mount || path.startsWith(`${mount}/`)) {
        return { upstream, path: path.slice(mount.length) };
      }
    }
    const mounts = this.#upstreams.map(({ mount }) => mount || "/").join(", ");
    throw new Problem("no-such-mount", {
      detail: `Nothing is mounted at this path. A base URL for this gateway ends in one of: ${mounts}.`,
    });
  }

  #callerOf(stripped: Stripped, incoming: Incoming): { consumer?: Identity; caller: Caller } {
    if (this.#directory.open) {
      const name = this.#callers.nameOf(incoming.fields, incoming.address);
      return { caller: { name, weight: 1, mayForce: false } };
    }
    let refused: Exclude<Found, { kind: "known" }> = { kind: "unknown" };
    // One request is one guess or a few, or a query full of keys would get by any bound on requests.
    const candidates = new Set(stripped.candidates.slice(0, MOST_CANDIDATES));
    for (const [wrong, candidate] of [...candidates].entries()) {
      const found = this.#directory.find(candidate);
      if (found.kind === "known") {
        const { consumer } = found;
        // Or whoever has a key could try others beside it that nobody counts.
        if (wrong > FILLERS) this.#countWrong(incoming);
        const { name, weight, mayForce } = consumer;
        return { consumer, caller: { name, weight, mayForce, ...capOf(consumer) } };
      }
      if (found.kind !== "unknown") refused = found;
    }
    const sentOne = stripped.candidates.length > 0;
    if (sentOne) this.#countWrong(incoming);
    throw stranger(refused, sentOne, this.#directory.names.length);
  }

  /** @throws Problem (too-many-wrong-keys). */
  #countWrong({ address }: Incoming): void {
    const tooMany = this.#wrongKeys?.refusal(address);
    if (tooMany) throw tooMany;
  }
}

/** A consumer's cap, as its requests carry it. */
export function capOf(consumer: Pick<Identity, "cap"> | undefined): Pick<Caller, "cap"> {
  return consumer?.cap === undefined ? {} : { cap: consumer.cap };
}

function targetOf({ method, target, hasBody }: Pick<Incoming, "method" | "target" | "hasBody">): {
  path: string;
  query: string;
} {
  if (NEVER_FORWARDED.has(method)) {
    throw new Problem("method-not-allowed", { detail: `${method} is never forwarded.` });
  }
  if (hasBody && (method === "GET" || method === "HEAD")) {
    const detail = `A ${method} with a body is refused, since caches and upstreams disagree on what it means.`;
    throw new Problem("bad-request", { detail });
  }
  const read = readTarget(target);
  if ("refused" in read) throw new Problem("bad-request", { detail: read.refused });
  return read;
}

/** The tightest of the three bounds on the wait, in milliseconds. */
export function waitOf(
  fields: RawFields,
  upstream: Upstream,
  consumer: Identity | undefined,
): number {
  const unbounded = Number.POSITIVE_INFINITY;
  return Math.min(
    upstream.queue.maxWaitMs,
    consumer?.maxWaitMs ?? unbounded,
    preferredWaitMs(fieldValue(fields, "prefer")) ?? unbounded,
  );
}

function notAllowed(consumer: Pick<Identity, "name">, method: string, path: string): Problem {
  return new Problem("not-allowed", {
    detail: `The consumer ${consumer.name} may not ${method} ${path}. Its "allow" list at the gateway names what it may ask for.`,
  });
}
