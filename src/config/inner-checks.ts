import { isIdle, unreserved } from "../schedule/policies.ts";
import type { ConfigProblem } from "./problems.ts";
import type { Quota, Route, Upstream } from "../ports/settings.ts";

/*
 * What is wrong with quotas beside and within each other: two over one window, those of routes, and the reserve.
 */

type Limited = Route & { readonly quota: Quota };

/** Every problem of an upstream's quotas among themselves, of routes' own and of the reserve. */
export function innerChecks(upstream: Upstream): ConfigProblem[] {
  const limited = upstream.routes.filter((route): route is Limited => route.quota !== undefined);
  return [
    ...limited.flatMap((route) => routeProblems(upstream, route)),
    ...differing(upstream, limited),
    ...reserved(upstream),
    ...overOneWindow(upstream.quotas, `upstreams.${upstream.name}.quotas`),
    ...overOneWindow(upstream.shadow?.quotas ?? [], `upstreams.${upstream.name}.shadow.quotas`),
  ];
}

/** The lower of two limits over one window is the only one that holds; and it is by its window that a quota is counted. */
function overOneWindow(quotas: readonly Quota[], path: string): ConfigProblem[] {
  const windows = quotas.map(({ windowMs }) => windowMs);
  return quotas.flatMap(({ windowMs }, index) =>
    windows.indexOf(windowMs) === index
      ? []
      : [
          {
            path: `${path}.${index}.window`,
            found: `${windowMs}ms`,
            problem: "is the window of a quota before it",
            remedy: "Keep the one with the lower limit: it alone would hold.",
          },
        ],
  );
}

function routeProblems({ name, quotas }: Upstream, route: Limited): ConfigProblem[] {
  const { quota, cost } = route;
  const { limit, windowMs, padMs } = quota;
  const about = { path: `upstreams.${name}.routes`, found: route.name };
  return [
    ...(isIdle(quota, quotas)
      ? [
          {
            ...about,
            problem: `has a quota that would never hold: the upstream's allows no more than ${limit} in ${windowMs}ms`,
            remedy: "Lower its limit, lengthen its window, or take quota out.",
          },
        ]
      : []),
    ...(cost > limit
      ? [
          {
            ...about,
            problem: `costs ${cost} units and could never be sent: its own quota has ${limit}`,
            remedy: "Lower cost, or raise the limit of its quota.",
          },
        ]
      : []),
    ...(padMs < windowMs
      ? []
      : [
          {
            ...about,
            problem: `has a quota whose pad (${padMs}ms) is not shorter than its window (${windowMs}ms)`,
            remedy: "Give quota.pad; a pad of 1 s suits a window of 60 s.",
          },
        ]),
  ];
}

/** Routes that share a quota by its name must mean the same one. */
function differing({ name }: Upstream, limited: readonly Limited[]): ConfigProblem[] {
  const first = new Map<string, Limited>();
  return limited.flatMap((route) => {
    const { quota } = route;
    const owner = first.get(quota.name) ?? route;
    first.set(quota.name, owner);
    const { limit, windowMs, padMs } = owner.quota;
    const same = quota.limit === limit && quota.windowMs === windowMs && quota.padMs === padMs;
    if (same) return [];
    return [
      {
        path: `upstreams.${name}.routes`,
        found: route.name,
        problem: `shares the quota ${quota.name} with ${owner.name}, which gives it other terms`,
        remedy: "Give both the same limit, window and pad, or each a name of its own.",
      },
    ];
  });
}

/** What is left beside the reserve must suffice for each request that is not urgent. */
function reserved({ name, quotas, reserve, routes }: Upstream): ConfigProblem[] {
  if (reserve === undefined) return [];
  const dearest = Math.max(1, ...routes.map(({ cost }) => cost));
  const least = Math.min(...quotas.map(({ limit }) => unreserved(limit, reserve)));
  if (dearest <= least) return [];
  return [
    {
      path: `upstreams.${name}.reserve`,
      found: String(reserve.share),
      problem: `leaves ${least} units to requests that are not urgent, of which one costs ${dearest}`,
      remedy: "Lower share, or the route's cost.",
    },
  ];
}
