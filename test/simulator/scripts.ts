/** What the upstream does to one request instead of answering it, or on the way. */
export interface Action {
  readonly delayMs?: number;
  /** Waits for `release()`, then answers. */
  readonly hold?: boolean;
  readonly status?: number;
  readonly body?: string;
  readonly fields?: Readonly<Record<string, string | string[]>>;
  readonly throttle?: { readonly retryAfter?: string };
  /** Closes the connection before, or right after, the head of an answer. */
  readonly reset?: boolean;
  readonly resetAfterHead?: boolean;
  /** Announces more than it sends. */
  readonly truncate?: boolean;
  /** Bytes that are no answer of HTTP. */
  readonly garbage?: boolean;
  /** Announces less than it sends. */
  readonly wrongLength?: boolean;
  /** A body that never ends. */
  readonly endless?: boolean;
  readonly html?: boolean;
  readonly envelopeError?: string;
  /** Sends back the key that it was given: in a field, in Location and in the body. */
  readonly echoKey?: boolean;
  readonly gzip?: boolean;
  readonly redirect?: string;
  /** 103 first. */
  readonly early?: boolean;
  readonly trailers?: boolean;
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
}

/** An action and the requests that it is for. */
export interface Script extends Action {
  /** `GET /ticket/:id`, `/report`; a path is a prefix. Absent: every request. */
  readonly match?: string;
  /** How many requests; 1. */
  readonly times?: number;
}

interface Entry {
  readonly method: string | undefined;
  readonly segments: readonly string[];
  readonly action: Action;
  left: number;
}

/** Scripts in the order in which they were added; the first that matches a request is used up by it. */
export class Scripts {
  #entries: Entry[] = [];

  add({ match = "/", times = 1, ...action }: Script): void {
    const [path = "/", method] = match.split(" ").toReversed();
    this.#entries.push({ method, segments: segmentsOf(path), action, left: times });
  }

  /** The action for a request; an empty one where nothing was scripted. */
  take(method: string, path: string): Action {
    const given = segmentsOf(path);
    const entry = this.#entries.find(
      ({ left, segments, method: wanted }) =>
        left > 0 &&
        (wanted === undefined || wanted === method) &&
        segments.every((segment, index) =>
          segment.startsWith(":") ? given[index] !== undefined : segment === given[index],
        ),
    );
    if (!entry) return {};
    entry.left -= 1;
    return entry.action;
  }

  clear(): void {
    this.#entries = [];
  }
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}
