import { sharedOutbound, type Outbound } from "../forward/outbound.ts";
import type { RawFields } from "../http/fields.ts";
import { readWishes } from "../http/reuse.ts";
import type { Asked } from "../identify/identify.ts";
import { cacheKey, dependencies, originGroupsName } from "../lookup/cache-key.ts";
import { concealed } from "../lookup/conceal.ts";
import type { Search } from "../lookup/find.ts";
import type { CachePolicy } from "../ports/settings.ts";

/** What the upstream is asked where nothing stored answers, and where something stored is looked for. */
export interface Question {
  readonly outbound: Outbound;
  readonly search: Omit<Search, "now">;
}

/** Puts a request that may be answered from the store into the store's terms; `fields`: the client's own, with its wishes. */
export function questionOf(asked: Asked, fields: RawFields, policy: CachePolicy): Question {
  const { upstream, path, route, caller } = asked;
  const { keyFields, ...outbound } = sharedOutbound(asked, policy.mediaTypes);
  const key = cacheKey({ upstream, target: outbound.target, fields: keyFields });
  const names = [
    ...dependencies({ upstream: upstream.name, path, groups: route?.groups ?? [] }),
    originGroupsName(upstream.name),
  ];
  const wishes = readWishes(fields, caller.mayForce);
  const { liberal } = policy;
  return { outbound, search: { key, names, fields: concealed(outbound.fields), wishes, liberal } };
}
