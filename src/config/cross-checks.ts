import { fieldChecks } from "./field-checks.ts";
import { innerChecks } from "./inner-checks.ts";
import type { ConfigProblem } from "./problems.ts";
import type { Consumer, Settings, Upstream } from "../ports/settings.ts";

/*
 * What no single value is at fault for.
 */

/** One check, and the parts of the configuration that it looks at. */
interface Check {
  readonly of: readonly string[];
  readonly find: (settings: Settings) => ConfigProblem[];
}

const CHECKS: readonly Check[] = [
  { of: ["listen", "open", "consumers"], find: exposure },
  { of: ["admin"], find: adminExposure },
  { of: ["admin"], find: readers },
  { of: ["listen"], find: publicPath },
  { of: ["consumers", "upstreams"], find: sharedKeys },
  { of: ["consumers"], find: moving },
  { of: ["upstreams"], find: nothing },
  { of: ["consumers"], find: clientsCredentials },
  { of: [], find: ({ upstreams }) => mounts(upstreams) },
  { of: [], find: ({ upstreams }) => upstreams.flatMap(upstreamChecks) },
];

/**
 * Everything that does not fit together. `faulty`: parts that were left out since their own form is wrong
 * (`admin`, `consumers.sync`); what looks at one of these is not judged.
 */
export function crossChecks(settings: Settings, faulty: readonly string[] = []): ConfigProblem[] {
  const sections = new Set(faulty.map((part) => part.split(".", 1)[0]));
  return CHECKS.filter(({ of }) => !of.some((section) => sections.has(section))).flatMap(
    ({ find }) => find(settings),
  );
}

function exposure({ listen, open, consumers }: Settings): ConfigProblem[] {
  if (isLoopback(listen.host) || consumers.length > 0 || open) return [];
  return [
    {
      path: "listen.host",
      found: listen.host,
      problem: "is reachable from elsewhere, and without consumers anybody may spend the quota",
      remedy: "Configure consumers, listen on 127.0.0.1, or say open: true.",
    },
  ];
}

function adminExposure({ admin }: Settings): ConfigProblem[] {
  if (isLoopback(admin.host) || admin.token !== "") return [];
  const problem = `is missing, although admin.host (${admin.host}) is reachable from elsewhere`;
  const remedy = "Set a token, or bind the admin port to 127.0.0.1.";
  return [{ path: "admin.token", problem, remedy }];
}

function readers({ admin: { token, readToken = "" } }: Settings): ConfigProblem[] {
  const path = "admin.readToken";
  if (readToken === "") return [];
  const problem =
    "gives readers leave to change everything, since admin.token is empty or the same";
  const remedy = "Set two different tokens, or leave this one out.";
  return token === "" || token === readToken ? [{ path, problem, remedy }] : [];
}

function publicPath({ listen: { publicUrl } }: Settings): ConfigProblem[] {
  if (!publicUrl || (publicUrl.pathname === "/" && publicUrl.search === "")) return [];
  const problem = "has a path; mounts begin at the root of the address";
  const remedy = "Give scheme, host and port alone, and let a proxy before Sluice keep the path.";
  return [{ path: "listen.publicUrl", problem, remedy }];
}

function sharedKeys({ consumers, upstreams }: Settings): ConfigProblem[] {
  const appKeys = new Set(upstreams.flatMap(({ keys }) => keys.map(({ value }) => value)));
  const owners = new Map<string, Consumer>();
  return consumers.flatMap((consumer) => {
    const path = `consumers.${consumer.name}.key`;
    const owner = owners.get(consumer.key);
    owners.set(consumer.key, consumer);
    if (appKeys.has(consumer.key)) {
      const remedy =
        "Give each service a key of its own; acceptAppKeyAs helps while services move over.";
      return [{ path, problem: "is the API's own app key", remedy }];
    }
    if (!owner) return [];
    const remedy = "Give each consumer a key of its own.";
    return [{ path, problem: `is the same as that of ${owner.name}`, remedy }];
  });
}

function moving({ acceptAppKeyAs, consumers }: Settings): ConfigProblem[] {
  if (acceptAppKeyAs === undefined) return [];
  if (consumers.some(({ name }) => name === acceptAppKeyAs)) return [];
  const remedy = `Name one of: ${consumers.map(({ name }) => name).join(", ") || "(no consumers)"}.`;
  // What stands there is not shown: it is the app key, where somebody took the name literally.
  return [{ path: "acceptAppKeyAs", problem: "is no consumer", remedy }];
}

function nothing({ upstreams }: Settings): ConfigProblem[] {
  if (upstreams.length > 0) return [];
  const remedy = "Name the API: its url, mount, keys and quotas.";
  return [{ path: "upstreams", problem: "needs at least one upstream", remedy }];
}

function mounts(upstreams: readonly Upstream[]): ConfigProblem[] {
  const owners = new Map<string, string>();
  return upstreams.flatMap(({ name, mount }) => {
    const owner = owners.get(mount);
    owners.set(mount, name);
    if (owner === undefined) return [];
    const problem = `is the mount of ${owner} already`;
    return [
      { path: `upstreams.${name}.mount`, found: mount, problem, remedy: "Give each its own." },
    ];
  });
}

function upstreamChecks(upstream: Upstream): ConfigProblem[] {
  const { name, quotas, routes } = upstream;
  const path = `upstreams.${name}`;
  const groups = new Set(routes.flatMap((route) => route.groups));
  return [
    ...costs(upstream),
    ...innerChecks(upstream),
    ...changingReads(upstream),
    ...codedKeys(upstream),
    ...fieldChecks(upstream),
    ...unreadable(upstream),
    ...twofoldParameters(upstream),
    ...quotas.flatMap(({ padMs, windowMs }, index) =>
      padMs < windowMs
        ? []
        : [
            {
              path: `${path}.quotas.${index}.pad`,
              found: `${padMs}ms`,
              problem: `must be shorter than the window (${windowMs}ms)`,
              remedy: "A pad of 1 s suits a window of 60 s.",
            },
          ],
    ),
    ...routes.flatMap(({ name: route, cache, invalidates }) => [
      ...(cache?.override && !cache.lifetimeMs
        ? [
            {
              path: `${path}.routes`,
              found: route,
              problem: "overrides the origin's fields without a lifetime of its own",
              remedy: "Give cache.lifetime.",
            },
          ]
        : []),
      ...invalidates
        .filter((group) => !groups.has(group))
        .map((group) => ({
          path: `${path}.routes`,
          found: route,
          problem: `invalidates the group ${group}, which no route has`,
          remedy: `Groups of this upstream: ${[...groups].join(", ") || "none"}.`,
        })),
    ]),
  ];
}

function costs({ name, quotas, routes }: Upstream): ConfigProblem[] {
  const least = Math.min(...quotas.map(({ limit }) => limit));
  return routes
    .filter(({ cost }) => cost > least)
    .map((route) => ({
      path: `upstreams.${name}.routes`,
      found: route.name,
      problem: `costs ${route.cost} units and could never be sent: a window has ${least}`,
      remedy: "Lower cost, or raise the quota's limit.",
    }));
}

/** What is answered from the store is not sent, so that nothing could tell of a change. */
function changingReads({ name, routes }: Upstream): ConfigProblem[] {
  return routes
    .filter(({ cache, invalidates }) => cache !== undefined && invalidates.length > 0)
    .map((route) => ({
      path: `upstreams.${name}.routes`,
      found: route.name,
      problem: "is stored and invalidates: what changes something must not be answered from store",
      remedy: "Take cache or invalidates out.",
    }));
}

/** Only GET and HEAD are answered from what is stored; under `liberal` a POST may leave something for them. */
function unreadable({ name, liberal, routes }: Upstream): ConfigProblem[] {
  const reads = new Set(["GET", "HEAD", ...(liberal ? ["POST"] : [])]);
  return routes
    .filter(({ cache }) => cache !== undefined)
    .filter(
      ({ match: { methods } }) => methods.length > 0 && !methods.some((one) => reads.has(one)),
    )
    .map((route) => ({
      path: `upstreams.${name}.routes`,
      found: route.name,
      problem: "has a cache, though only GET and HEAD are answered from what is stored",
      remedy: "Take cache out, or let the route match GET.",
    }));
}

/** What is coded cannot be searched for the key that the upstream may echo (P9). */
function codedKeys({ name, coding, keys }: Upstream): ConfigProblem[] {
  if (coding === "own" || keys.length === 0) return [];
  const problem = "lets coded bodies pass, in which an echoed key could not be masked";
  return [{ path: `upstreams.${name}.coding`, found: coding, problem, remedy: "Say own." }];
}

function twofoldParameters({ name, routes }: Upstream): ConfigProblem[] {
  return routes.flatMap(({ name: route, query }) =>
    (query?.ignored ?? [])
      .filter((parameter) => query?.known?.includes(parameter))
      .map((parameter) => ({
        path: `upstreams.${name}.routes`,
        found: route,
        problem: `both knows and ignores the parameter ${parameter}`,
        remedy: "Name it in one of the two.",
      })),
  );
}

/** Where consumers or keys exist, Authorization is theirs and goes no further. */
function clientsCredentials({ consumers, upstreams }: Settings): ConfigProblem[] {
  return upstreams
    .filter(({ varyFields }) => varyFields.includes("authorization"))
    .filter(({ keys }) => keys.length > 0 || consumers.length > 0)
    .map(({ name }) => ({
      path: `upstreams.${name}.varyFields`,
      found: "authorization",
      problem: "passes only where neither keys nor consumers are configured",
      remedy: "Take it out; clients' credentials are not for this upstream.",
    }));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
