import type { AtBound } from "./set-bounds.ts";

/** A bound that is no setting. */
export interface Fixed extends AtBound {
  readonly what: string;
  readonly most: string;
}

/** What is bounded without a setting. */
export const fixedBounds: readonly Fixed[] = [
  {
    what: "Time in which a client takes nothing of its answer",
    most: "the longest `timeouts.body`",
    at: "Its connection is closed, also where it goes on sending.",
    file: "fault/hostile-peers.test.ts",
    test: "that takes nothing of its answer and sends %s is closed all the same",
  },
  {
    what: "Addresses whose wrong keys are counted",
    most: "10000",
    at: "Those that began first are forgotten.",
    file: "identify/wrong-keys.test.ts",
    test: "holds ten thousand addresses at most",
  },
  {
    what: "Names of callers in an open gateway",
    most: "100",
    at: "Further ones are `other`.",
    file: "identify/caller-names.test.ts",
    test: "bounds names that are given in another way",
  },
  {
    what: "Consumers that are made at run time",
    most: "1000",
    at: "The order is refused.",
    file: "operate/consumer-changes.test.ts",
    test: "makes a thousand and no more",
  },
  {
    what: "Keys of one consumer",
    most: "5",
    at: "The order is refused until one has ended.",
    file: "operate/consumer-changes.test.ts",
    test: "keeps a bounded number of keys",
  },
  {
    what: "Places among the forwards of one consumer, where others asked within ten minutes",
    most: "its share, or one less than `concurrency` while no other waits; one at least",
    at: "Its further requests wait until a place of its own ends. Those under way go on.",
    file: "schedule/places.test.ts",
    test: "keeps one place from whoever would hold them all while others are known",
  },
  {
    what: "Variants of one stored response",
    most: "32",
    at: "The last written stay.",
    file: "contract/cache-store.test.ts",
    test: "write() keeps no more than 32 variants",
  },
  {
    what: "Refreshes in the background at once, for each process",
    most: "100",
    at: "None is begun; the next request tries again.",
    file: "legs/refreshes.test.ts",
    test: "begins a hundred at once and no more",
  },
  {
    what: "Interim responses (1xx) of one answer",
    most: "32",
    at: "Further ones are not passed on.",
    file: "adapters/undici-client.test.ts",
    test: "tells of no more than 32 interim responses, and waits no longer for what follows them",
  },
  {
    what: "Cache groups of one answer",
    most: "128",
    at: "Further ones count for nothing.",
    file: "http/cache-groups.test.ts",
    test: "are at most 128",
  },
  {
    what: "Body of an order on the admin port",
    most: "64 kB",
    at: "413.",
    file: "operate/admin.test.ts",
    test: "reads no order beyond 64 kB",
  },
  {
    what: "Lists of URLs that wait to be warmed",
    most: "10",
    at: "The order is refused.",
    file: "store/warm.test.ts",
    test: "takes ten lists at once and no more",
  },
  {
    what: "Exchanges that can be explained afterwards",
    most: "1000",
    at: "The oldest are forgotten.",
    file: "observe/recent-records.test.ts",
    test: "forgets the oldest beyond its bound",
  },
  {
    what: "Cells of the accounts that wait for the store",
    most: "20000",
    at: "Further exchanges are counted as lost.",
    file: "observe/accounts.test.ts",
    test: "has a bound on what waits",
  },
  {
    what: "Requests that were answered from store and are known again",
    most: "10000, and 32 MiB of bodies",
    at: "The oldest go the path.",
    file: "legs/replay.test.ts",
    test: "holds no more bodies than its bound",
  },
  {
    what: "Requests that are known by their bytes",
    most: "10000, and 8000000 characters",
    at: "The oldest are read.",
    file: "known-bytes.test.ts",
    test: "remembers no more than its bounds",
  },
  {
    what: "Viewers of the dashboard at once",
    most: "32",
    at: "503.",
    file: "operate/dashboard/dashboard-routes.test.ts",
    test: "is bounded in those who look",
  },
];
