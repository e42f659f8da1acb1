import { code, type Page } from "./page.ts";

/** One kind of log line. */
export interface LogEvent {
  readonly level: "info" | "warn" | "error" | "fatal";
  /** How `msg` begins; what follows is a name or a key. */
  readonly text: string;
  readonly when: string;
  readonly todo: string;
}

const NOTHING = "Nothing.";

/** Every kind of line that the log may have, beside the report of a configuration that cannot be used. */
export const events: readonly LogEvent[] = [
  {
    level: "info",
    text: "exchange",
    when: "One for each exchange, when it has ended: `exchange` holds what the table below says. At `warn` where Sluice refused, at `error` for `internal`, with what lies behind it in `err`.",
    todo: "Read `note` first: it is for the operator alone.",
  },
  {
    level: "info",
    text: "admin order",
    when: "One for each order on the admin port: `audit` holds who, from where, what and what became of it. The last hundred are at `/audit`.",
    todo: NOTHING,
  },
  {
    level: "info",
    text: "Sluice listens",
    when: "It can be asked: `baseUrls` and `admin` are where.",
    todo: NOTHING,
  },
  {
    level: "info",
    text: "Sluice drains",
    when: "`signal` has come: nothing new is taken, what waits is finished.",
    todo: "A second signal ends it at once.",
  },
  {
    level: "error",
    text: "A worker ended and is started again",
    when: "One of several `workers` ended unasked, with `code` or by `signal`; `afterMs` later another takes its place. Its own exchanges are lost, no others.",
    todo: "Once: nothing. Again and again: read what it wrote before it ended.",
  },
  {
    level: "fatal",
    text: "No worker stays alive",
    when: "All of several `workers` ended again and again soon after their start: the process ends with the code of the last.",
    todo: "Read what they wrote before they ended.",
  },
  {
    level: "info",
    text: "The configuration was reloaded",
    when: "A changed file has been taken over; no exchange failed for it.",
    todo: NOTHING,
  },
  {
    level: "info",
    text: "The configuration is as it was",
    when: "A reload was asked for and nothing had changed.",
    todo: NOTHING,
  },
  {
    level: "error",
    text: "The changed configuration cannot be used: the old one stays",
    when: "The changed file has problems, which the line names.",
    todo: "Mend the file. `sluice check` tells the same before.",
  },
  {
    level: "warn",
    text: "The changed configuration needs a restart: the old one stays",
    when: "Something was changed that cannot change while it runs; the line names it.",
    todo: "Restart, or take that part back.",
  },
  {
    level: "error",
    text: "The store is out of reach: the old configuration stays",
    when: "A changed quota has to be told to the store, which does not answer.",
    todo: "See to the store, then reload.",
  },
  {
    level: "error",
    text: "The reload failed",
    when: "Nobody foresaw this; the old configuration stays.",
    todo: "Report it.",
  },
  {
    level: "error",
    text: "Sluice did not stop cleanly",
    when: "Something failed while it stopped; the exit code is 1.",
    todo: "Report it.",
  },
  {
    level: "error",
    text: "The ledger of ",
    when: "`... is out of reach: nothing is sent`: the store does not answer. Then, as information, `... is back`.",
    todo: "See to the store. Stored answers are served meanwhile, forwards wait for their deadlines.",
  },
  {
    level: "warn",
    text: "The circuit of ",
    when: "`... has opened`: most of what was sent to that API lately failed, and for `circuit.open` nothing is. Then, as information, `... is closed again`.",
    todo: "See to the API, or to the way to it. Stale answers serve where routes allow it; the rest is refused with 503 at once.",
  },
  {
    level: "warn",
    text: "The connection to Redis (",
    when: "`... is lost`, later `... is back`, with the connection's name.",
    todo: "See to Redis and to the network.",
  },
  {
    level: "warn",
    text: "Bottleneck's Redis failed",
    when: "The cap on concurrency could not be kept in Redis for a moment; told at intervals.",
    todo: "See to Redis.",
  },
  {
    level: "warn",
    text: "A stored response was damaged and has been removed: ",
    when: "A record did not match its checksum or its version. It counts as a miss.",
    todo: "Nothing after an upgrade; else see who writes under this prefix.",
  },
  {
    level: "warn",
    text: "A consumer in the store cannot be read and counts as nobody: ",
    when: "An entry of another version, or one that something else has written.",
    todo: "Remove it and make it again (docs/consumers.md).",
  },
  {
    level: "warn",
    text: "The accounts cannot be kept for now; they are added later",
    when: "The store does not take them; they wait in memory.",
    todo: "See to the store.",
  },
  {
    level: "warn",
    text: "The accounts are kept again",
    when: "What waited has been added.",
    todo: NOTHING,
  },
  {
    level: "warn",
    text: "The accounts of the last while could not be kept",
    when: "At the end of a stop, since the store was away.",
    todo: "The log's exchanges tell what is missing.",
  },
  {
    level: "warn",
    text: "The store has been away for so long that exchanges are missing in the accounts",
    when: "More waited than memory may hold.",
    todo: "The log's exchanges tell what is missing.",
  },
  {
    level: "warn",
    text: "A URL could not be warmed",
    when: "Of a list that was given to `/warm`; `path` is which.",
    todo: "Read `err`.",
  },
];

const EXCHANGE = [
  ["requestId", "The id of `X-Request-Id` and of a problem's `instance`."],
  ["method", "Of the request."],
  ["path", "Canonical, below the mount, without its query."],
  ["upstream", "By name."],
  ["consumer", "By name; in an open gateway what the caller goes by."],
  ["weight", "The consumer's; absent: it was not known who asked."],
  ["route", "The route's pattern, or `unlisted`."],
  ["cache", "`hit`, RFC 9211's reason for going forward, or `none` where the cache was not asked."],
  ["cacheStatus", "As the client read it."],
  ["ageMs", "How old the stored response was that answered."],
  ["policies", "Names of the inner quotas that it was under; absent: none."],
  ["stale", "Why a stale answer was given; absent: none was."],
  ["collapsed", "Answered by a forward that was somebody else's."],
  ["status", "As the client read it."],
  ["problem", "The type, where Sluice refused or failed."],
  ["queueMs", "Waited for the quota."],
  ["upstreamMs", "Waited for the API."],
  ["totalMs", "From the request to the end of the answer."],
  ["forwards", "Requests that this exchange caused at the API."],
  ["units", "What they have cost of the quota."],
  ["throttled", "429 answers that it met there."],
  ["bodyBytes", "Of the answer."],
  ["end", "`complete`, `client-left` or `broken-off`."],
  ["note", "For the operator only."],
] as const;

/** The reference of what the log tells. */
export function eventsPage(): Page {
  return {
    file: "log.md",
    title: "The log",
    intro:
      "One JSON object a line on standard output, or lines for people where that is a terminal (`log.pretty`). Secrets of the configuration are masked in every line, wherever they came from. `level` is pino's number: 30 is info, 40 warn, 50 error; `time` is in epoch milliseconds.",
    tables: [
      {
        title: "Kinds of lines",
        columns: ["`msg`", "Level", "When", "What to do"],
        rows: events.map(({ text, level, when, todo }) => [
          code(/[\w)]$/.test(text) ? text : `${text}…`),
          level,
          when,
          todo,
        ]),
      },
      {
        title: "The members of `exchange`",
        columns: ["Member", "Means"],
        rows: EXCHANGE.map(([name, meaning]) => [code(name), meaning]),
      },
    ],
  };
}
