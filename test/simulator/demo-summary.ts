import type { Status } from "../../src/main.ts";

/** What the summary is made of. */
export interface DemoState {
  readonly seconds: number;
  readonly status: Status;
  /** As the upstream counts. */
  readonly arrivals: number;
  readonly violations: number;
  readonly worst: number;
}

const COLUMNS = ["asked", "fromStore", "collapsed", "forwarded", "refused", "failed"] as const;
const TITLES = ["answered", "from store", "collapsed", "sent", "refused", "failed"];

/** The demo's picture: one line a service, then the quota as the gateway and as the upstream see it. */
export function summary({ seconds, status, arrivals, violations, worst }: DemoState): string[] {
  const api = status.upstreams["clientexec"];
  const used = api?.standings[0]?.used ?? 0;
  const pausedMs = api?.pausedForMs ?? 0;
  const paused = pausedMs > 0 ? `   paused ${(pausedMs / 1000).toFixed(1)} s` : "";
  const consumers = Object.entries(status.consumers).toSorted(([a], [b]) => a.localeCompare(b));
  return [
    row(`${seconds.toFixed(0)} s`, TITLES),
    ...consumers.map(([name, count]) =>
      row(
        name,
        COLUMNS.map((column) => count[column]),
      ),
    ),
    row(
      "all",
      COLUMNS.map((column) => status.total[column]),
    ),
    `quota  ${bar(used, 20)} ${used}/20 in 6 s   waiting ${api?.waiting ?? 0}${paused}`,
    `upstream saw ${arrivals} requests, fullest window ${worst} of 20, violations = ${violations}`,
    "",
  ];
}

function row(name: string, cells: readonly (number | string)[]): string {
  return name.padEnd(14) + cells.map((cell) => String(cell).padStart(11)).join("");
}

function bar(used: number, limit: number): string {
  return `[${"#".repeat(Math.min(used, limit)).padEnd(limit, ".")}]`;
}
