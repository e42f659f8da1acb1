import type { Status } from "../../src/start/instance.ts";

/** What the summary is made of. */
export interface DemoState {
  readonly seconds: number;
  readonly status: Status;
  /** As the upstream counts. */
  readonly arrivals: number;
  readonly violations: number;
  readonly worst: number;
  /** Soft purges that the operator of the demo has ordered. */
  readonly purges: number;
}

const NAME_WIDTH = 13;

/** Each column: its count, its title, and what it means to somebody who sees it for the first time. */
const COLUMNS = [
  ["asked", "asked", "requests of the service that have ended, in whatever way"],
  [
    "fromStore",
    "from store",
    "answered from what an earlier answer has left, without waiting for the API",
  ],
  [
    "stale",
    "stale",
    "of these, those past their lifetime, or purged softly: served while somebody fetches anew",
  ],
  [
    "collapsed",
    "collapsed",
    "asked for the same at the same time as another, and given what that one's call brought",
  ],
  [
    "forwarded",
    "sent",
    "calls of the API, a unit of the quota each; those that fetch anew what was stale included",
  ],
  [
    "refused",
    "refused",
    "told to come later (429 with Retry-After), since there was no room in time",
  ],
  ["failed", "failed", "errors and broken answers"],
] as const;

/** The columns of the picture, in a line each. */
export function legend(): string[] {
  return COLUMNS.map(([, title, meaning]) => `  ${title.padEnd(NAME_WIDTH)}${meaning}`);
}

/** The demo's picture: one line a service, then what was saved, and the quota as the gateway and as the upstream see it. */
export function summary(state: DemoState): string[] {
  const { seconds, status, arrivals, violations, worst, purges } = state;
  const api = status.upstreams["clientexec"];
  const used = api?.standings[0]?.used ?? 0;
  const pausedMs = api?.pausedForMs ?? 0;
  const paused = pausedMs > 0 ? `   paused ${(pausedMs / 1000).toFixed(1)} s` : "";
  const consumers = Object.entries(status.consumers).toSorted(([a], [b]) => a.localeCompare(b));
  return [
    row(
      `${seconds.toFixed(0)} s`,
      COLUMNS.map(([, title]) => title),
    ),
    ...consumers.map(([name, count]) => row(name, cells(count))),
    row("all", cells(status.total)),
    ...savings(status.total),
    `operator: ${purges} soft purge${purges === 1 ? "" : "s"}, each of which ended the lifetime of all tickets`,
    `quota  ${bar(used, 20)} ${used}/20 in 6 s   waiting ${api?.waiting ?? 0}${paused}`,
    `upstream saw ${arrivals} requests, fullest window ${worst} of 20, violations = ${violations}`,
    "",
  ];
}

/** What the store and the company of others were good for. Each answer would have been a call of the API. */
function savings(total: Status["total"]): string[] {
  const { asked, fromStore, stale, collapsed, forwarded, refused, failed, clientsLeft } = total;
  const answered = Math.max(0, asked - refused - failed - clientsLeft);
  const without = fromStore + collapsed;
  const saved = Math.max(0, answered - forwarded);
  const share = answered === 0 ? 0 : Math.round((100 * without) / answered);
  return [
    `answered without a call: ${without} of ${answered} answers, ${share} % (${fromStore} from store, ${stale} of them stale; ${collapsed} collapsed)`,
    `calls saved: ${saved}, since ${answered} answers took ${forwarded} calls of the API`,
  ];
}

function cells(count: Status["total"]): number[] {
  return COLUMNS.map(([column]) => count[column]);
}

function row(name: string, values: readonly (number | string)[]): string {
  const padded = values.map((value, index) =>
    String(value).padStart((COLUMNS[index]?.[1].length ?? 0) + 3),
  );
  return name.padEnd(NAME_WIDTH) + padded.join("");
}

function bar(used: number, limit: number): string {
  return `[${"#".repeat(Math.min(used, limit)).padEnd(limit, ".")}]`;
}
