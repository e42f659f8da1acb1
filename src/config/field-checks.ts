import { OWN_CONDITIONS } from "../http/conditional.ts";
import { isHopByHop } from "../http/hop-by-hop.ts";
import type { ConfigProblem } from "./problems.ts";
import type { Upstream } from "../ports/settings.ts";

/*
 * What is wrong with the request fields that an upstream is to be sent beside the usual ones.
 */

/** "token" of RFC 9110 section 5.6.2. */
const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** What Sluice says itself in each request that it sends. */
const OF_SLUICE = new Set(["accept-encoding", "content-length", "expect", "host"]);

/** Every problem of `passFields` and `varyFields`, one a field. */
export function fieldChecks(upstream: Upstream): ConfigProblem[] {
  const { name, passFields, varyFields } = upstream;
  const path = `upstreams.${name}`;
  const problem = "is no name of a field";
  const remedy = "Give one name an entry, such as X-Tenant.";
  return [
    ...passFields.flatMap((found) => {
      if (!FIELD_NAME.test(found)) return [{ path: `${path}.passFields`, found, problem, remedy }];
      const wrong = whyNotPassed(found);
      return wrong ? [{ path: `${path}.passFields`, found, ...wrong }] : [];
    }),
    ...varyFields
      .filter((found) => !FIELD_NAME.test(found))
      .map((found) => ({ path: `${path}.varyFields`, found, problem, remedy })),
    ...twofold(upstream),
  ];
}

function whyNotPassed(field: string): Omit<ConfigProblem, "path"> | undefined {
  const remedy = "Take it out.";
  if (field === "*") {
    return { problem: "stands for all fields in varyFields alone", remedy: "Name each field." };
  }
  if (isHopByHop(field)) return { problem: "is of one connection and never passes", remedy };
  if (OF_SLUICE.has(field)) return { problem: "is what Sluice says itself", remedy };
  if (OWN_CONDITIONS.has(field)) {
    return { problem: "is answered from what is stored, and passes by itself elsewhere", remedy };
  }
  if (field !== "authorization") return undefined;
  const other = "Without keys and consumers name it in varyFields, else take it out.";
  return { problem: "is a credential, of which none is part of the cache key", remedy: other };
}

/** A field is told apart by the key or by the origin's Vary. */
function twofold({ name, passFields, varyFields }: Upstream): ConfigProblem[] {
  return varyFields
    .filter((field) => passFields.includes(field))
    .map((field) => ({
      path: `upstreams.${name}.varyFields`,
      found: field,
      problem: "is one of passFields, which are part of the cache key",
      remedy: "Name it in one of the two.",
    }));
}
