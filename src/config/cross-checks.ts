import type { ConfigProblem } from "./problems.ts";
import type { Consumer, Settings, Upstream } from "../ports/settings.ts";

/*
 * What no single value is at fault for.
 */

/** Everything that does not fit together. */
export function crossChecks(settings: Settings): ConfigProblem[] {
  return [
    ...exposure(settings),
    ...processes(settings),
    ...sharedKeys(settings),
    ...moving(settings),
    ...nothing(settings),
    ...mounts(settings.upstreams),
    ...settings.upstreams.flatMap(upstreamChecks),
  ];
}

function exposure({ listen, admin, open, consumers }: Settings): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (!isLoopback(listen.host) && consumers.length === 0 && !open) {
    problems.push({
      path: "listen.host",
      found: listen.host,
      problem: "is reachable from elsewhere, and without consumers anybody may spend the quota",
      remedy: "Configure consumers, listen on 127.0.0.1, or say open: true.",
    });
  }
  if (!isLoopback(admin.host) && admin.token === "") {
    problems.push({
      path: "admin.token",
      problem: `is missing, although admin.host (${admin.host}) is reachable from elsewhere`,
      remedy: "Set a token, or bind the admin port to 127.0.0.1.",
    });
  }
  return problems;
}

function processes({ workers }: Settings): ConfigProblem[] {
  if (workers === 1) return [];
  const problem = "is not supported yet: an instance is one process";
  const remedy = "Start several instances, on one Redis or on one machine with one store.file.";
  return [{ path: "workers", found: String(workers), problem, remedy }];
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

function upstreamChecks({ name, quotas, routes }: Upstream): ConfigProblem[] {
  const path = `upstreams.${name}`;
  const groups = new Set(routes.flatMap((route) => route.groups));
  return [
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

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
