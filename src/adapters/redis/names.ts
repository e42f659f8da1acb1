import { randomUUID } from "node:crypto";
import { digest } from "../digest.ts";
import { GENERATION_MS } from "../record.ts";
import { attempt } from "./attempt.ts";
import { listOf, Script, textsOf, type ScriptArgument } from "./script.ts";
import { ServerRun } from "./server-run.ts";
import { readNotice, type Notice } from "./notice.ts";
import type { RedisCommands } from "./commands.ts";
import type { Generation } from "../../ports/cache-store.ts";

/*
 * Names in Redis: their tokens, the marks of writes under way, the log of changes and who holds what in memory,
 * one script a verb (names/*.lua). All keys lie in one slot:
 *
 *   <prefix>:{names}:g:<SHA-256 of the name>   hash: h, s, m:<writer>; expires after GENERATION_MS
 *   <prefix>:{names}:state|log|holders|applied what names/state.lua says
 *
 * A Redis that comes back from an older snapshot, or a replica that takes over, has forgotten bumps; one that
 * was flushed has forgotten all. So the hard token that a reader sees begins with an epoch, which is a new one
 * under each run of the server and after each flush: what was stored in another epoch is not found (promise P7).
 */

/** A change that is in the log. */
export interface Change {
  readonly epoch: string;
  readonly seq: number;
}

/** What a bump brings. */
export interface Bumped extends Change {
  /** Processes that may hold what it made invalid. */
  readonly holders: readonly string[];
  /** Redis may have forgotten holders; until so many milliseconds later they may still answer. */
  readonly blindMs: number;
}

/** What a renewal brings. `all`: it is not known what changed. */
export interface Renewed extends Change {
  readonly changes: readonly Notice[] | "all";
}

/** How names change: `note` is what the holders are told, over `channel`. */
export interface Announcement {
  readonly tags: readonly string[];
  readonly note: string;
  readonly channel: string;
}

const VERBS = ["mark", "unmark", "bump", "renew", "unsettled", "expel", "withdraw"] as const;
type Verb = (typeof VERBS)[number] | "look";

/** The verbs on names. Names are given by their digests, `tags`. @throws StoreFault from every method. */
export class RedisNames {
  readonly #run: ServerRun;
  readonly #prefix: string;
  readonly #scripts: ReadonlyMap<Verb, Script>;

  constructor(redis: RedisCommands, prefix: string) {
    this.#run = new ServerRun(redis);
    this.#prefix = prefix;
    this.#scripts = new Map<Verb, Script>([
      // Reading must not depend on the server's right to write.
      ["look", new Script(redis, sourcesOf("look"))],
      ...VERBS.map(
        (verb) => [verb, new Script(redis, sourcesOf(verb), { evenIfFull: true })] as const,
      ),
    ]);
  }

  /** Where the names stand, in the order asked. */
  async look(names: readonly string[]): Promise<Generation[]> {
    if (names.length === 0) return [];
    const [epoch, ...tokens] = textsOf(await this.#do("look", names.map(digest), []));
    return names.map((name, index) => {
      const [hard, soft = "", pending] = tokens.slice(3 * index);
      return { name, hard: `${epoch} ${hard}`, soft, pending: pending === "1" };
    });
  }

  /** Marks the names as about to be changed by `writer`. */
  async mark(writer: string, forMs: number, { tags, note, channel }: Announcement): Promise<void> {
    await this.#do("mark", tags, [writer, Math.ceil(forMs), note, channel]);
  }

  /** Takes the marks of `writer` back. */
  async unmark(writer: string, tags: readonly string[]): Promise<void> {
    await this.#do("unmark", tags, [writer]);
  }

  /** Gives the names a token that they never had; see names/bump.lua for `blindMs`. */
  async bump(kind: "hard" | "soft", blindMs: number, how: Announcement): Promise<Bumped> {
    const field = kind === "hard" ? "h" : "s";
    const values = [field, how.note, how.channel, blindMs];
    const [epoch, seq, left, holders] = listOf(await this.#do("bump", how.tags, values));
    return {
      epoch: String(epoch),
      seq: Number(seq),
      blindMs: Number(left),
      holders: textsOf(holders),
    };
  }

  /** Renews a holder that has dropped what changed up to `since`. */
  async renew(holder: string, since: Change): Promise<Renewed> {
    const reply = await this.#do("renew", [], [holder, since.epoch, since.seq]);
    const [epoch, seq, all, entries] = listOf(reply);
    const changes = textsOf(entries).map((entry) => readNotice(entry));
    const known = changes.filter((notice) => notice !== undefined);
    const isWhole = all === "0" && known.length === changes.length;
    return { epoch: String(epoch), seq: Number(seq), changes: isWhole ? known : "all" };
  }

  /** Those of the holders of which it is not known that they have dropped what a change made invalid. */
  async unsettled({ epoch, seq }: Change, holders: readonly string[]): Promise<string[]> {
    return textsOf(await this.#do("unsettled", [], [epoch, seq, ...holders]));
  }

  /** Drops those of the holders that have not renewed since a change. */
  async expel({ epoch, seq }: Change, holders: readonly string[]): Promise<void> {
    await this.#do("expel", [], [epoch, seq, ...holders]);
  }

  /** Takes a holder out. */
  async withdraw(holder: string): Promise<void> {
    await this.#do("withdraw", [], [holder]);
  }

  /** Lets go of the connection, which stays the caller's. */
  close(): void {
    this.#run.close();
  }

  #do(verb: Verb, tags: readonly string[], values: readonly ScriptArgument[]): Promise<unknown> {
    return attempt(this.#send(verb, tags, values));
  }

  async #send(
    verb: Verb,
    tags: readonly string[],
    values: readonly ScriptArgument[],
  ): Promise<unknown> {
    const own = ["state", "log", "holders", "applied", ...tags.map((tag) => `g:${tag}`)];
    const keys = own.map((key) => `${this.#prefix}:{names}:${key}`);
    // Sent in the very turn in which the run is known, so that it goes to the server that has it.
    const run = await this.#run.id();
    return this.#scripts.get(verb)?.run(keys, [run, randomUUID(), GENERATION_MS, ...values]);
  }
}

function sourcesOf(verb: Verb): URL[] {
  return ["state", verb].map((part) => new URL(`./names/${part}.lua`, import.meta.url));
}
