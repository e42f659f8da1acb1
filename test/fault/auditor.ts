import type { Campaign, Ending, Excuse, Round, Tried } from "./record.ts";

/*
 * Holds the record of a campaign against the promises. It knows nothing of how the record came about, so that its
 * own test can hand it records in which each promise is broken.
 *
 * P1  what came to the simulator when its window was full, and the fullest window that ended in a round
 * P3  every exchange ended in an answer, in a problem document whose reason was true at that time, or in a broken
 *     connection to a process that was killed; no write came to the simulator twice, but for one that it refused
 *     with 429; none was answered that never came
 * P7  no GET that began after a write had been answered shows less than that write, unless it is marked
 * P8  what an answer says that it is, is what was asked for
 */

/** What was found in one round. */
export interface Verdict {
  readonly faults: readonly string[];
  readonly exchanges: number;
  readonly violations: number;
  /** The largest number of arrivals in any rolling window that ended in the round. */
  readonly worst: number;
  /** Neither an answer, nor a problem, nor a connection that was broken for a reason. */
  readonly lost: number;
  /** Bodies of something else, stale ones, problems that are malformed or untrue. */
  readonly wrong: number;
  readonly duplicates: number;
  /** Problem documents by type, all of them true. */
  readonly problems: Readonly<Record<string, number>>;
  /** Answers from store between the beginning and the end of the faults. */
  readonly fromStore: number;
  /** From the end of the faults until each instance had answered from the upstream; absent: not within the round. */
  readonly recoveredMs?: number;
  /** What each finding is, for people. */
  readonly findings: readonly string[];
}

/** True at any time, since the quota is wanted by more than it is for. */
const ALWAYS = new Set(["deadline-passed", "queue-full"]);

/** Paths whose upstream can never be reached. */
const NOWHERE = /^\/(?:nowhere|untrusted)\//;
/** What is true of them: after twenty failures the circuit is open. */
const OF_NOWHERE = new Set(["upstream-unreachable", "upstream-down"]);

/** The mount of the upstream behind TLS, which has a quota of its own. */
const SECURE = /^\/secure(?=\/)/;

/** One verdict a round. */
export function audit(campaign: Campaign): Verdict[] {
  const judge = judgeOf(campaign);
  const worst = worstWindows(campaign);
  const byRound = campaign.rounds.map((): Tried[] => []);
  for (const one of campaign.tried) {
    const at = campaign.rounds.findIndex(({ overAt }) => one.startedAt < overAt);
    byRound[at === -1 ? campaign.rounds.length - 1 : at]?.push(one);
  }
  const again = duplicatesOf(campaign);
  return campaign.rounds.map((round, index) => {
    const tried = byRound[index] ?? [];
    const [from, to] = round.arrivals;
    const found = tried.flatMap((one) => judge(one));
    const duplicates = again.filter(({ arrival }) => arrival >= from && arrival < to);
    const recoveredMs = recoveryOf(round, tried);
    return {
      faults: round.faults,
      exchanges: tried.length,
      violations: round.violations,
      worst: Math.max(0, ...worst.slice(from, to)),
      lost: found.filter(({ kind }) => kind === "lost").length,
      wrong: found.filter(({ kind }) => kind === "wrong").length,
      duplicates: duplicates.length,
      problems: problemsOf(tried),
      fromStore: tried.filter((one) => isFromStore(one.ending) && one.startedAt < round.endedAt)
        .length,
      ...(recoveredMs === undefined ? {} : { recoveredMs }),
      findings: [...found, ...duplicates].map(({ text }) => text),
    };
  });
}

interface Finding {
  readonly kind: "lost" | "wrong";
  readonly text: string;
}

function judgeOf(campaign: Campaign): (one: Tried) => Finding[] {
  const excuses = campaign.rounds.flatMap((round) => round.excuses);
  const floor = floorsOf(campaign.tried);
  const came = new Set(campaign.arrived.map(({ version }) => version));
  return (one) => {
    const holding = excuses.filter(({ from, to }) => one.endedAt >= from && one.startedAt <= to);
    const finding = (kind: Finding["kind"], why: string): Finding[] => [
      { kind, text: `${one.method} ${one.path} at ${one.instance}: ${why}` },
    ];
    const { ending } = one;
    switch (ending.kind) {
      case "untaken":
        return finding("lost", "no instance took it");
      case "broken":
        return isBrokenFairly(one, holding, campaign.killed) ? [] : finding("lost", ending.how);
      case "problem": {
        const why = ending.flaw ?? untruth(one.path, ending.type, holding);
        return why === undefined ? [] : finding("wrong", why);
      }
      case "answer": {
        const why = wrongOf(one, ending, holding) ?? staleOf(one, ending, floor);
        if (why !== undefined) return finding("wrong", why);
        const phantom = one.version !== undefined && ending.status < 300 && !came.has(one.version);
        return phantom ? finding("lost", `write ${one.version} was answered and never came`) : [];
      }
      default:
        return ending satisfies never;
    }
  };
}

function isBrokenFairly(
  { startedAt, endedAt, instance, ending }: Tried,
  holding: readonly Excuse[],
  killed: Campaign["killed"],
): boolean {
  const killedAt = killed.get(instance);
  // What was sent before the kill, or into a socket that had not been closed yet.
  const byKill = killedAt !== undefined && endedAt >= killedAt && startedAt <= killedAt + 1000;
  const isLate = ending.kind === "broken" && ending.unanswered === true;
  return byKill || holding.some(({ breaks, slow }) => (isLate ? slow === true : breaks));
}

function untruth(path: string, type: string, holding: readonly Excuse[]): string | undefined {
  if (ALWAYS.has(type)) return undefined;
  if (NOWHERE.test(path) && OF_NOWHERE.has(type)) return undefined;
  if (holding.some(({ problems }) => problems.includes(type))) return undefined;
  return `${type} for no reason`;
}

type Answer = Extract<Ending, { kind: "answer" }>;

function wrongOf(
  { path }: Tried,
  { status, told }: Answer,
  holding: readonly Excuse[],
): string | undefined {
  if (holding.some(({ odd }) => odd) && (status >= 300 || !told)) return undefined;
  if (status !== 200) return `the upstream's ${status} for no reason`;
  const is = told ? `/${told.kind}/${told.id}` : "something else";
  return is === path.replace(SECURE, "") ? undefined : `the body is of ${is}`;
}

function staleOf(
  { method, path, startedAt }: Tried,
  { told, away }: Answer,
  floor: (path: string, at: number) => number,
): string | undefined {
  if (method !== "GET" || !told || away) return undefined;
  const least = floor(path, startedAt);
  return told.version < least ? `shows write ${told.version} after ${least}` : undefined;
}

/** The newest write of a path that had been answered before an instant. */
function floorsOf(tried: readonly Tried[]): (path: string, at: number) => number {
  const writes = new Map<string, { at: number; version: number }[]>();
  const answered = tried.filter(
    ({ version, ending }) =>
      version !== undefined && ending.kind === "answer" && ending.status === 200,
  );
  for (const { path, version = 0, endedAt } of answered.toSorted((a, b) => a.endedAt - b.endedAt)) {
    const known = writes.get(path) ?? [];
    known.push({ at: endedAt, version: Math.max(version, known.at(-1)?.version ?? 0) });
    writes.set(path, known);
  }
  return (path, at) => {
    const known = writes.get(path) ?? [];
    let [low, high] = [0, known.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((known[middle]?.at ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return known[low - 1]?.version ?? 0;
  };
}

/** For each arrival the number of those within the window that it ends. */
function worstWindows({ arrived, windowMs }: Campaign): number[] {
  let from = 0;
  return arrived.map(({ atMs }, index) => {
    while ((arrived[from]?.atMs ?? atMs) <= atMs - windowMs) from += 1;
    return index - from + 1;
  });
}

function duplicatesOf({ arrived }: Campaign): { arrival: number; text: string }[] {
  const seen = new Set<number>();
  return arrived.flatMap(({ version, status, method }, arrival) => {
    if (version === undefined || status === 429) return [];
    if (!seen.has(version)) {
      seen.add(version);
      return [];
    }
    return [{ arrival, text: `${method}: write ${version} came again` }];
  });
}

function recoveryOf({ endedAt }: Round, tried: readonly Tried[]): number | undefined {
  const after = tried.filter(({ path, startedAt }) => startedAt >= endedAt && !SECURE.test(path));
  const first = new Map<number, number>();
  for (const { instance, endedAt: at, ending } of after) {
    if (ending.kind !== "answer" || ending.status !== 200 || ending.fromStore) continue;
    first.set(instance, Math.min(at, first.get(instance) ?? at));
  }
  const alive = new Set(
    after
      .filter(({ ending }) => ending.kind === "answer" || ending.kind === "problem")
      .map(({ instance }) => instance),
  );
  if (alive.size === 0 || [...alive].some((one) => !first.has(one))) return undefined;
  return Math.max(...first.values()) - endedAt;
}

function problemsOf(tried: readonly Tried[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { ending } of tried) {
    if (ending.kind === "problem") counts[ending.type] = (counts[ending.type] ?? 0) + 1;
  }
  return counts;
}

function isFromStore(ending: Ending): boolean {
  return ending.kind === "answer" && ending.fromStore;
}
