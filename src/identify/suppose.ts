import { passesAuthorization, stripCredential } from "./credential.ts";
import { capOf, OPERATOR, waitOf, type Asked } from "./identify.ts";
import { mayAsk } from "./may-ask.ts";
import { matchRoute } from "./route-match.ts";
import { fieldValue, type RawFields } from "../http/fields.ts";
import { withoutHopByHop } from "../http/hop-by-hop.ts";
import { urgencyOf } from "../http/priority.ts";
import type { Directory, Identity } from "./directory.ts";
import type { Upstream } from "../ports/settings.ts";

/** A request that nobody has sent. */
export interface Supposition {
  readonly method: string;
  readonly upstream: Upstream;
  /** Canonical, below the mount, as Asked has it. */
  readonly path: string;
  /** With its `?`; `""` where there is none. */
  readonly query: string;
  readonly fields: RawFields;
  /** In whose name; absent: the operator's, who may ask for everything. */
  readonly consumer: string | undefined;
}

/** How it would be identified. */
export interface Supposed {
  readonly asked: Asked;
  /** Why it would not be let in; absent: it would be. */
  readonly refused?: "unknown" | "disabled" | "not-allowed";
}

/** The terms of whoever an open gateway lets in. */
const ANYBODY = { weight: 1, mayForce: false, priority: 3 };

/**
 * Identifies a request as if the named consumer had sent it. Credentials in it are taken out and count for nothing, and
 * no name is remembered.
 */
export function suppose(supposition: Supposition, directory: Directory): Supposed {
  const { method, upstream, path, query, fields, consumer } = supposition;
  const known = consumer === undefined ? undefined : directory.named(consumer);
  const passing = passesAuthorization(upstream, directory.open);
  const stripped = stripCredential({ fields, query }, upstream.keys, passing);
  const name = consumer ?? OPERATOR;
  const { weight, mayForce, priority } = known ?? ANYBODY;
  const asked = {
    method,
    upstream,
    route: matchRoute(upstream.routes, { method, path, query: stripped.query }),
    caller: { name, weight, mayForce, ...capOf(known) },
    path,
    query: stripped.query,
    fields: withoutHopByHop(stripped.fields),
    waitMs: waitOf(fields, upstream, known),
    urgency: urgencyOf(fieldValue(fields, "priority")) ?? priority,
  };
  // The last one was removed, and that opens nothing.
  if (consumer !== undefined && !known && !directory.open) return { asked, refused: "unknown" };
  return { asked, ...refusalOf(known, asked, directory) };
}

function refusalOf(
  known: Identity | undefined,
  { method, path }: Pick<Asked, "method" | "path">,
  directory: Directory,
): Pick<Supposed, "refused"> {
  if (!known) return {};
  if (directory.isDisabled(known.name)) return { refused: "disabled" };
  return mayAsk(known, method, path) ? {} : { refused: "not-allowed" };
}
