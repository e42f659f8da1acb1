import { MemoryTables } from "./memory-tables.ts";
import { takeOutlook } from "./outlook.ts";
import { ownReport, ownTerms, partOf, type Stand } from "./own-share.ts";
import { takePause, takeTurn, type TurnInput } from "./turn.ts";
import type {
  LedgerOutlook,
  LedgerTerms,
  PauseReport,
  TurnReply,
  TurnReport,
} from "../ports/ledger.ts";

/** One memory, which is never lost: it ends with the process. */
const MEMORY = "own";

/** What a process's own ledger is begun with. */
export interface OwnLedgerParts {
  /** The ledger's, as they are at each moment. */
  readonly terms: LedgerTerms;
  /** The processes that share the quota, this one included or not. */
  readonly known: readonly string[];
  readonly monotonic: () => number;
  /** Monotonic instant at which the ledger was lost. */
  readonly lostAt: number;
}

/** The rule over tables in memory, on one process's part of every quota. */
export class OwnLedger {
  readonly #tables = new MemoryTables();
  readonly #parts: OwnLedgerParts;
  #process = "";

  /** Begins with one probe, then the pace: what others were told meanwhile by the upstream is not known. */
  constructor(parts: OwnLedgerParts) {
    this.#parts = parts;
    this.#tables.write("state", "memory", MEMORY);
    // A pause that has run out, and whose probe is awaited.
    this.#tables.write("state", "pausedUntil", "1");
  }

  /** One turn. What this process's part can never hold is refused. The first report must hold everything. */
  turn(told: TurnReport): TurnReply {
    this.#process = told.process;
    const stand = this.#stand();
    const { report, unfit } = ownReport(told, stand);
    const { reply } = takeTurn(this.#input(stand), report);
    return {
      ...reply,
      // As timers have it: a fraction of a microsecond would be waited for in vain.
      wakeInMs: Math.ceil(reply.wakeInMs),
      refused: [...reply.refused, ...unfit.map((ticket) => ({ ticket, why: "apart" as const }))],
      standings: asOfAll(reply, stand),
      peers: this.#parts.known,
      apart: { processes: stand.part.processes },
    };
  }

  /** What a turn says that grants nothing, so that the next one brings everything. */
  askEverything(): TurnReply {
    const standings: TurnReply["standings"] = [];
    const nothing = { granted: [], refused: [], wakeInMs: 0, pausedForMs: 0, standings };
    const apart = { processes: this.#stand().part.processes };
    const rest = { peers: this.#parts.known, waiting: 0, probe: "", policies: [], apart };
    return { ...nothing, ...rest, askEverything: true };
  }

  /** Begins a pause, and says in milliseconds how long it will last. */
  pause(report: PauseReport): number {
    return takePause(this.#input(this.#stand()), report);
  }

  /** As the rule has it, with the terms that it goes by. */
  outlook(): LedgerOutlook {
    const input = this.#input(this.#stand());
    return { ...takeOutlook(input), terms: input.terms };
  }

  #stand(): Stand {
    const { terms, known, lostAt, monotonic } = this.#parts;
    const part = partOf(this.#process, known);
    return { part, terms, lostForMs: monotonic() - lostAt };
  }

  #input({ part, terms }: Stand): TurnInput {
    const clock = Math.round(this.#parts.monotonic() * 1000) + 1;
    return { tables: this.#tables, terms: ownTerms(terms, part), clock, memory: MEMORY };
  }
}

/** The parts of the others count as used, so that what clients are told to be left is this process's. */
function asOfAll({ standings }: TurnReply, { part, terms }: Stand): TurnReply["standings"] {
  const own = ownTerms(terms, part);
  return standings.map((standing) => {
    const [whole, mine] = [terms, own].map(
      ({ quotas }) => quotas.find(({ name }) => name === standing.quota)?.limit ?? 0,
    );
    return { ...standing, used: standing.used + (whole ?? 0) - (mine ?? 0) };
  });
}
