import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { resolveQuotas } from "./resolve-quotas.ts";
import type { ConfigProblem } from "./problems.ts";
import type { WrittenCircuit } from "./trouble-schema.ts";
import type {
  WrittenCache,
  WrittenKey,
  WrittenPreset,
  WrittenRoute,
  WrittenUpstream,
} from "./upstream-schema.ts";
import type { LearnSettings } from "../ports/bounds.ts";
import type {
  CachePolicy,
  CircuitSettings,
  Route,
  ShadowSettings,
  Upstream,
  UpstreamKey,
} from "../ports/settings.ts";

/** Where an upstream is written, and what it builds on. */
export interface Source {
  readonly name: string;
  /** The configuration file: other files are named relative to it. */
  readonly file: string;
  readonly preset: WrittenPreset;
  readonly problems: ConfigProblem[];
}

/** What holds where neither the file nor the preset says otherwise. */
export const INHERITED_DEFAULTS = {
  unlistedGets: "origin" as const,
  mediaTypes: [],
  errorEnvelope: [],
  heuristics: false,
  maxStored: 1_000_000,
  passFields: [],
  varyFields: [],
  coding: "own" as const,
  cookies: "drop" as const,
  keyRefusedStatuses: [401],
  honoursIdempotencyKey: false,
};

/** Puts an upstream and its preset together: the file's values before the preset's, its routes first. */
export function resolveUpstream(written: WrittenUpstream, source: Source): Upstream {
  const { preset, name } = source;
  const { pause, timeouts, queue, circuit } = written;
  const inherited = { ...INHERITED_DEFAULTS, ...preset, ...written };
  const terms = termsOf(inherited);
  const routes = [...written.routes, ...preset.routes];
  const caFile =
    written.caFile === undefined ? undefined : readText(written.caFile, "caFile", source);
  return {
    name,
    mount: written.mount,
    url: written.url,
    keys: resolveKeys(written.keys, source),
    quotas: resolveQuotas(written.quotas, name),
    ...(written.reserve === undefined ? {} : { reserve: written.reserve }),
    concurrency: written.concurrency,
    queue: { maxWaitMs: queue.maxWait, maxLength: queue.maxLength },
    timeouts: {
      connectMs: timeouts.connect,
      headersMs: timeouts.headers,
      bodyMs: timeouts.body,
    },
    pause: { maxMs: pause.max, marginMs: pause.margin, firstMs: pause.first },
    circuit: resolveCircuit(circuit),
    learn: learnOf(written.learn),
    routes: routes.map((route) => ({
      ...resolveRoute(route, terms),
      ...resolveQuota(route, written.quotas[0]?.pad ?? 0),
    })),
    ...(inherited.unlistedGets === "origin" ? { unlistedGets: terms } : {}),
    passFields: inherited.passFields,
    varyFields: inherited.varyFields,
    coding: inherited.coding,
    cookies: inherited.cookies,
    liberal: written.liberal,
    maxRetries: written.maxRetries,
    retryBudget: written.retryBudget,
    keyRefusedStatuses: inherited.keyRefusedStatuses,
    honoursIdempotencyKey: inherited.honoursIdempotencyKey,
    ...(caFile === undefined ? {} : { ca: caFile }),
    ...(written.proxy === undefined ? {} : { proxy: written.proxy }),
    ...(written.shadow === undefined ? {} : { shadow: resolveShadow(written, name) }),
  };
}

function resolveCircuit({ window, open, ...rest }: WrittenCircuit): CircuitSettings {
  return { ...rest, windowMs: window, openMs: open };
}

function resolveShadow({ shadow, quotas }: WrittenUpstream, name: string): ShadowSettings {
  return {
    quotas: resolveQuotas(shadow?.quotas ?? quotas, name),
    weights: shadow?.weights ?? {},
  };
}

function learnOf({ enabled, floor, ceiling, forget }: WrittenUpstream["learn"]): LearnSettings {
  return { enabled, floor, ceiling, forgetMs: forget };
}

/** The terms of what no route lists: the origin decides. They are those of routes that do not say otherwise. */
function termsOf(inherited: Inherited): CachePolicy {
  return {
    override: false,
    sharesAuthenticated: false,
    heuristics: inherited.heuristics,
    cookies: inherited.cookies,
    liberal: inherited.liberal,
    ...staleWindows(inherited),
    softTimeoutMs: 2000,
    mediaTypes: inherited.mediaTypes,
    errorEnvelope: inherited.errorEnvelope,
    maxStoredBytes: inherited.maxStored,
    chargeNotModified: true,
  };
}

type Windows = Pick<WrittenCache, "staleWhileRevalidate" | "staleIfError">;
type Inherited = Windows &
  Required<
    Pick<
      WrittenUpstream,
      "mediaTypes" | "errorEnvelope" | "heuristics" | "cookies" | "maxStored" | "liberal"
    >
  >;

/** Without a window of its own, whoever says nothing leaves it to what is said above it, at last to the origin. */
function staleWindows({
  staleWhileRevalidate,
  staleIfError,
}: Windows): Pick<CachePolicy, "staleWhileRevalidateMs" | "staleIfErrorMs"> {
  return {
    ...(staleWhileRevalidate === undefined ? {} : { staleWhileRevalidateMs: staleWhileRevalidate }),
    ...(staleIfError === undefined ? {} : { staleIfErrorMs: staleIfError }),
  };
}

function resolveRoute(
  { match, groups, invalidates, cache, query, safe, cost }: WrittenRoute,
  terms: CachePolicy,
): Route {
  return {
    name: match.name,
    match: match.pattern,
    groups,
    invalidates,
    ...(cache ? { cache: resolveCache(cache, terms) } : {}),
    ...(query ? { query } : {}),
    // What may be answered from a store may be asked twice.
    safe: safe ?? cache !== undefined,
    cost,
  };
}

/** A route's own limit, with the upstream's pad where it gives none. */
function resolveQuota({ match, quota }: WrittenRoute, padMs: number): Pick<Route, "quota"> {
  if (quota === undefined) return {};
  const { name = match.name, limit, window, pad = padMs } = quota;
  return { quota: { name, limit, windowMs: window, padMs: pad } };
}

/** Whoever gives a route a cache says with it that answers to Sluice's own key may be shared. */
function resolveCache(cache: WrittenCache, terms: CachePolicy): CachePolicy {
  const { lifetime, negativeLifetime } = cache;
  return {
    ...terms,
    ...(lifetime === undefined ? {} : { lifetimeMs: lifetime }),
    ...(negativeLifetime === undefined ? {} : { negativeLifetimeMs: negativeLifetime }),
    override: cache.override,
    sharesAuthenticated: true,
    heuristics: cache.heuristics ?? terms.heuristics,
    cookies: cache.cookies ?? terms.cookies,
    ...staleWindows(cache),
    softTimeoutMs: cache.softTimeout,
    mediaTypes: cache.mediaTypes ?? terms.mediaTypes,
    errorEnvelope: cache.errorEnvelope ?? terms.errorEnvelope,
    maxStoredBytes: cache.maxStored ?? terms.maxStoredBytes,
    chargeNotModified: cache.chargeNotModified,
  };
}

/** Keys of the file with the preset's placement where the file gives only a value. */
function resolveKeys(keys: readonly WrittenKey[], source: Source): UpstreamKey[] {
  const placed = source.preset.keys;
  if (keys.length < placed.length) {
    const remedy =
      'Give the API\'s key, usually from the environment: keys: [{ value: "${NAME}" }].';
    report(source, "keys", { problem: "lacks the key that the preset has a place for", remedy });
  }
  return keys.flatMap((key, index): UpstreamKey[] => {
    const whole = { ...placed[index], ...key };
    const path = `keys.${index}`;
    const value = valueOf(whole, path, source);
    if (value === undefined) return [];
    if (whole.in === "basic") {
      const { password, username = "" } = whole;
      return [{ in: "basic", value, ...(password === undefined ? { username } : { password }) }];
    }
    if (whole.in === undefined || whole.name === undefined) {
      const problem = "needs its place: in (query, header, basic or form) and name";
      report(source, path, { problem, remedy: "Add both, or name a preset that has them." });
      return [];
    }
    return [{ in: whole.in, name: whole.name, value }];
  });
}

function valueOf(key: WrittenKey, path: string, source: Source): string | undefined {
  const value =
    key.valueFile === undefined
      ? key.value
      : readText(key.valueFile, `${path}.valueFile`, source)?.trimEnd();
  if (value !== undefined && value !== "") return value;
  if (key.valueFile === undefined || value === "") {
    const remedy = "Give value (usually from the environment) or valueFile.";
    report(source, path, { problem: "has no key in it", remedy });
  }
  return undefined;
}

function readText(file: string, path: string, source: Source): string | undefined {
  try {
    return readFileSync(resolve(dirname(source.file), file), "utf8");
  } catch (error) {
    const remedy = "Name a file that this process may read, relative to the configuration file.";
    report(source, path, { found: file, problem: `cannot be read: ${String(error)}`, remedy });
    return undefined;
  }
}

function report({ name, problems }: Source, path: string, rest: Omit<ConfigProblem, "path">): void {
  problems.push({ path: `upstreams.${name}.${path}`, ...rest });
}
