import { problemTypes, type ProblemType } from "../http/problem.ts";
import { code, type Page } from "./page.ts";

/** When a problem comes, and what its reader can do. */
interface Explained {
  readonly when: string;
  readonly remedy: string;
}

const EXPLAINED: Readonly<Record<ProblemType, Explained>> = {
  "bad-request": {
    when: "The request is none as HTTP/1.1 has it, its path cannot be read in one way only, a GET has a body, its head came too slowly (`limits.head`), or it costs more than a window holds.",
    remedy: "Read `detail`, which says what is wrong, and mend the client.",
  },
  "unknown-consumer": {
    when: "Consumers are configured and the request brings no key of one, or one that was replaced or disabled. The API's own key is none, unless `acceptAppKeyAs` says so.",
    remedy:
      "Send this service's own consumer key where the API's key would go, or as `Authorization: Bearer`.",
  },
  "not-allowed": {
    when: "The consumer's `allow` does not cover this method and path.",
    remedy: "Ask the operator to extend `allow`, or use another consumer's service.",
  },
  "no-such-mount": {
    when: "The path begins with no upstream's `mount`.",
    remedy: "End the base URL in one of the mounts that `detail` names.",
  },
  "method-not-allowed": {
    when: "CONNECT or TRACE, which speak to the connection rather than to the API.",
    remedy: "Use another method.",
  },
  "body-stalled": {
    when: "A streamed request body stood still for `timeouts.body` when a part of it had been passed on.",
    remedy: "The API may have acted on that part: look before you send it again.",
  },
  "body-too-large": {
    when: "The body exceeds `limits.bodyBytes`, or a form that takes the API's key exceeds `limits.replayBytes`.",
    remedy: "Send less, or ask the operator to raise the bound.",
  },
  "fields-too-large": {
    when: "Request line and fields exceed `limits.fieldBytes`.",
    remedy: "Send less, or ask the operator to raise the bound.",
  },
  "queue-full": {
    when: "`queue.maxLength` requests wait already, over all instances. Member `waiting`.",
    remedy:
      "Come again after Retry-After. If it happens often, ask for less or for a larger quota.",
  },
  "deadline-passed": {
    when: "The request cannot leave before its deadline: `queue.maxWait`, the consumer's `maxWait` or `Prefer: wait=N`. Told at once where it can be foreseen (members `place`, `predictedMs`), else when the time is over (`waitedMs`, `waiting`).",
    remedy:
      "Come again after Retry-After: it is then let in, unless others come meanwhile. Or allow a longer wait.",
  },
  "upstream-unreachable": {
    when: "No connection to the API could be made within `timeouts.connect`, its name is not known, or its certificate does not prove that it is the API. Nothing was sent.",
    remedy:
      "Try again later. Where `detail` says that only an operator can mend it: check `url`, `ca` and the API's certificate.",
  },
  "upstream-broke-off": {
    when: "The API was sent the request and broke off before its answer was whole.",
    remedy: "It may have acted: look before you send a write again.",
  },
  "upstream-refused-key": {
    when: "The API answered one of `keyRefusedStatuses` to Sluice's own key.",
    remedy: "The operator's affair: check `keys`, and that the key is still valid at the API.",
  },
  "upstream-down": {
    when: "Most of what was sent to the API lately failed (`circuit`), so that for a while nothing is. This request was not sent.",
    remedy:
      "Come again after Retry-After. The operator sees what failed in the log, as `upstream-unreachable`, `upstream-timeout`, `upstream-broke-off` or the API's own 502, 503 and 504.",
  },
  "too-many-wrong-keys": {
    when: "More requests with a wrong key came from this address within a minute than `limits.wrongKeys`. Requests with a valid key pass.",
    remedy: "Find the service that sends an old key, and give it its own.",
  },
  draining: {
    when: "This instance is stopping and the request still waited when `drain` was over, or came too late.",
    remedy: "Try again at once: another instance, or the new one, answers.",
  },
  "store-unavailable": {
    when: "The store that keeps the quota is out of reach, and was until the request's deadline. Nothing was sent.",
    remedy:
      "Come again after Retry-After. The operator reads at `/readyz` under `degraded` what is missing.",
  },
  "only-if-cached": {
    when: "The request said `Cache-Control: only-if-cached` and nothing stored may answer it.",
    remedy: "Ask without it.",
  },
  "upstream-timeout": {
    when: "The API took longer than `timeouts.headers`.",
    remedy: "It may have acted: look before you send a write again.",
  },
  internal: {
    when: "Nobody foresaw this.",
    remedy: "Report it with the log's line for this `X-Request-Id`.",
  },
};

/** The reference of what Sluice itself refuses or fails with. */
export function problemsPage(): Page {
  return {
    file: "problems.md",
    title: "Problems",
    intro:
      "What Sluice itself refuses or fails with, as `application/problem+json` (RFC 9457). `type` is `urn:sluice:problem:` and the name below; `instance` holds the exchange's id, which is in the log and in `X-Request-Id`. An answer of the API, errors included, is passed on as it is and is none of these. Where a stale answer may be given instead, it is.",
    tables: [
      {
        columns: ["Type", "Status", "Title", "When", "What to do"],
        rows: Object.entries(problemTypes).map(([name, { status, title }]) => [
          code(name),
          String(status),
          title,
          explained(name).when,
          explained(name).remedy,
        ]),
      },
    ],
  };
}

/** Every type is explained: EXPLAINED says so of its keys. */
function explained(name: string): Explained {
  const known: Readonly<Record<string, Explained>> = EXPLAINED;
  return known[name] ?? { when: "", remedy: "" };
}
