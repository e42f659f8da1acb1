type Told = Readonly<Record<string, unknown>>;

/**
 * What several workers' `/status` come to. Counts are added up, and so are those who wait and what is under way; what
 * the store tells each of them alike is told once; `draining` where all drain.
 */
export function mergeStatus(told: readonly Told[]): Told {
  const { total, consumers, purges, upstreams, draining, ...rest } = merged(told);
  return {
    ...rest,
    workers: told.length,
    draining: draining === true && told.every((one) => one["draining"] === true),
    total: added(told.map((one) => one["total"])) ?? total,
    consumers: added(told.map((one) => one["consumers"])) ?? consumers,
    upstreams: mergeUpstreams(told.map((one) => treeOf(one["upstreams"]))) ?? upstreams,
    ...(purges === undefined ? {} : { purges: added(told.map((one) => one["purges"])) }),
  };
}

function mergeUpstreams(told: readonly Told[]): Told {
  const names = new Set(told.flatMap((one) => Object.keys(one)));
  return Object.fromEntries(
    [...names].map((name) => [name, mergeUpstream(told.map((one) => treeOf(one[name])))]),
  );
}

function mergeUpstream(told: readonly Told[]): Told {
  const numbers = (field: string): number[] => told.map((one) => Number(one[field] ?? 0));
  const sum = (field: string): number => numbers(field).reduce((all, one) => all + one, 0);
  return {
    ...merged(told),
    waiting: sum("waiting"),
    underWay: sum("underWay"),
    storeLost: told.some((one) => one["storeLost"] === true),
    pausedForMs: Math.max(...numbers("pausedForMs")),
  };
}

/** The first to tell something is taken at its word. */
function merged(told: readonly Told[]): Told {
  return Object.assign({}, ...told.toReversed());
}

function added(values: readonly unknown[]): unknown {
  const there = values.filter((value) => value !== undefined);
  if (there.every((value) => typeof value === "number")) {
    return there.length === 0 ? undefined : there.reduce((all, one) => all + one, 0);
  }
  const trees = there.map((value) => treeOf(value));
  const names = new Set(trees.flatMap((tree) => Object.keys(tree)));
  return Object.fromEntries(
    [...names].map((name) => [name, added(trees.map((tree) => tree[name]))]),
  );
}

function treeOf(value: unknown): Told {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
