import type { Outbound } from "./outbound.ts";
import type { UpstreamKey } from "../ports/settings.ts";

/** A request with the upstream's keys in their places. From here on it is not logged and is no cache key. */
export interface Keyed extends Outbound {
  readonly form?: Uint8Array;
}

/** Puts each key where the upstream wants it. `form` is the body of a form that takes keys. */
export function injectKeys(
  outbound: Outbound,
  keys: readonly UpstreamKey[],
  form?: Uint8Array,
): Keyed {
  let keyed: Keyed = form ? { ...outbound, form } : outbound;
  for (const key of keys) keyed = inject(keyed, key);
  return keyed;
}

function inject(request: Keyed, key: UpstreamKey): Keyed {
  switch (key.in) {
    case "query": {
      const joint = request.target.includes("?") ? "&" : "?";
      return { ...request, target: `${request.target}${joint}${parameter(key.name, key.value)}` };
    }
    case "header":
      return { ...request, fields: [...request.fields, key.name, key.value] };
    case "basic": {
      const pair = Buffer.from(pairOf(key)).toString("base64");
      return { ...request, fields: [...request.fields, "Authorization", `Basic ${pair}`] };
    }
    case "form": {
      if (!request.form) return request;
      const body = Buffer.from(request.form).toString("latin1");
      const joint = body === "" ? "" : "&";
      const form = Buffer.from(`${body}${joint}${parameter(key.name, key.value)}`, "latin1");
      return { ...request, form };
    }
    default:
      return key satisfies never;
  }
}

/** User and password (RFC 7617 section 2): the key may be either. */
function pairOf(key: UpstreamKey & { readonly in: "basic" }): string {
  return "password" in key ? `${key.value}:${key.password}` : `${key.username}:${key.value}`;
}

function parameter(name: string, value: string): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}

/** Every secret text that a request to this upstream carries, for the mask. */
export function secretsOf(keys: readonly UpstreamKey[]): string[] {
  return keys.flatMap((key) => {
    if (key.in === "basic") return [key.value, pairOf(key)];
    // "Bearer TOKEN" (RFC 9110 section 11.4) may come back as the token alone.
    const token = key.in === "header" ? /^\S+ +(\S+)$/.exec(key.value)?.[1] : undefined;
    return token === undefined ? [key.value] : [key.value, token];
  });
}
