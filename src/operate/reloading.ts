import { changedPaths, needRestart, toldPaths } from "../config/changes.ts";
import { ConfigError, type ConfigProblem } from "../config/problems.ts";
import { StoreFault } from "../ports/faults.ts";
import type { Settings } from "../ports/settings.ts";

/** What came of a reload. In all but the first case everything stays as it was. */
export type Reloaded =
  | { readonly kind: "applied"; readonly changed: readonly string[] }
  | { readonly kind: "unchanged" }
  /** The file cannot be used. */
  | { readonly kind: "refused"; readonly problems: readonly ConfigProblem[] }
  /** Paths of what cannot change while the instance runs. */
  | { readonly kind: "needs-restart"; readonly paths: readonly string[] }
  /** An upstream was added and the store does not answer. */
  | { readonly kind: "store-unavailable" };

/** What caused a reload. */
export type ReloadCause = "signal" | "file" | "order";

/** What reloads are made with. */
export interface ReloadingParts {
  /** Reads the file anew. @throws ConfigError */
  readonly load: () => Settings;
  readonly settings: Settings;
  /** Takes over, at once for all that begins afterwards, or not at all. @throws StoreFault */
  readonly apply: (settings: Settings) => Promise<void>;
  readonly log: ReloadLog;
}

/** Where reloads are told of. */
interface ReloadLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/**
 * Takes a changed configuration over, whole or not at all: what is half applied would be a configuration that nobody
 * wrote and no check has seen. One reload at a time; one that is asked for meanwhile reads the file again.
 */
export class Reloading {
  readonly #parts: ReloadingParts;
  #settings: Settings;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: ReloadingParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  /** What is in use. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Reads the file and takes it over, where that can be done. Rejects on faults of our own only. */
  async reload(cause: ReloadCause): Promise<Reloaded> {
    const reloading = this.#turn.then(() => this.#reload());
    this.#turn = reloading.catch(() => {});
    const reloaded = await reloading;
    this.#tell(reloaded, cause);
    return reloaded;
  }

  async #reload(): Promise<Reloaded> {
    const read = this.#read();
    if ("kind" in read) return read;
    const changed = changedPaths(this.#settings, read);
    if (changed.length === 0) return { kind: "unchanged" };
    const paths = needRestart(changed);
    if (paths.length > 0) return { kind: "needs-restart", paths: toldPaths(paths) };
    try {
      await this.#parts.apply(read);
    } catch (error) {
      if (error instanceof StoreFault) return { kind: "store-unavailable" };
      throw error;
    }
    this.#settings = read;
    return { kind: "applied", changed: toldPaths(changed) };
  }

  #read(): Settings | Extract<Reloaded, { kind: "refused" }> {
    try {
      return this.#parts.load();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { kind: "refused", problems: error.problems };
    }
  }

  #tell(reloaded: Reloaded, cause: ReloadCause): void {
    const { log } = this.#parts;
    const { kind, ...what } = reloaded;
    const fields = { reload: { cause, result: kind, ...what } };
    switch (kind) {
      case "applied":
        return log.info(fields, "The configuration was reloaded");
      case "unchanged":
        return log.info(fields, "The configuration is as it was");
      case "refused":
        return log.error(fields, "The changed configuration cannot be used: the old one stays");
      case "needs-restart":
        return log.warn(fields, "The changed configuration needs a restart: the old one stays");
      case "store-unavailable":
        return log.error(fields, "The store is out of reach: the old configuration stays");
      default:
        return kind satisfies never;
    }
  }
}
