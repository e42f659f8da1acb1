import type { Everything, Join, LedgerTerms, Policy, TurnReport } from "../ports/ledger.ts";

/*
 * What a process may send by itself while the ledger is out of reach of all: the numbers 0, 1, 2 ... below a limit are
 * dealt out in turn to the processes in the order of their names. The parts of all make the limit, and nothing is lost
 * to rounding; where there are fewer units than processes, some get none. Each must know all who may send: one who
 * knows of more gets less, since a part falls with the place and with the number of processes; so the sum is never
 * more than the limit.
 */

/** One process among those who share. */
export interface Part {
  /** How many come before it by name. */
  readonly place: number;
  readonly processes: number;
}

/** This process's place among those that it knows of; it need not be listed itself. */
export function partOf(process: string, known: readonly string[]): Part {
  const all = new Set([...known, process]);
  const before = [...all].filter((other) => other < process);
  return { place: before.length, processes: all.size };
}

/** Its part of `total`, a whole number; 0 where there are not enough for all. */
export function partOfLimit(total: number, { place, processes }: Part): number {
  return Math.max(0, Math.ceil((total - place) / processes));
}

/** The terms of a ledger of its own. Where its part is nothing they say 1: nothing that is not `fits()` may join it. */
export function ownTerms(terms: LedgerTerms, part: Part): LedgerTerms {
  const atLeastOne = (total: number): number => Math.max(1, partOfLimit(total, part));
  return {
    ...terms,
    quotas: terms.quotas.map((quota) => ({ ...quota, limit: atLeastOne(quota.limit) })),
    concurrency: atLeastOne(terms.concurrency),
    maxWaiting: atLeastOne(terms.maxWaiting),
  };
}

/** How a process stands on its own. */
export interface Stand {
  readonly part: Part;
  readonly terms: LedgerTerms;
  /** Since the ledger was lost: an inner quota still counts, for its own span, what others sent before. */
  readonly lostForMs: number;
}

/** True where the process's own part holds this request at all. */
export function fits({ cost, policies = [] }: Join, { part, terms, lostForMs }: Stand): boolean {
  if (partOfLimit(terms.concurrency, part) === 0) return false;
  const counted = policies.every(({ windowMs, padMs }) => lostForMs >= windowMs + padMs);
  return (
    counted && [...terms.quotas, ...policies].every(({ limit }) => cost <= partOfLimit(limit, part))
  );
}

/** A report in which the inner quotas are this process's parts of them, without the tickets that do not fit. */
export function ownReport(
  report: TurnReport,
  stand: Stand,
): { readonly report: TurnReport; readonly unfit: readonly string[] } {
  const { joins, everything } = report;
  const waiting = everything?.waiting ?? [];
  const unfit = [...joins, ...waiting].filter((join) => !fits(join, stand));
  const kept = (all: readonly Join[]): Join[] =>
    all.filter((join) => fits(join, stand)).map((join) => ({ ...join, ...scaled(join, stand) }));
  const own = everything && { everything: scaledEverything(everything, kept(waiting), stand) };
  return {
    report: { ...report, joins: kept(joins), ...own },
    unfit: unfit.map(({ ticket }) => ticket),
  };
}

function scaledEverything(
  everything: Everything,
  waiting: readonly Join[],
  stand: Stand,
): Everything {
  const departed = everything.departed.map((unit) => ({ ...unit, ...scaled(unit, stand) }));
  return { ...everything, waiting, departed };
}

function scaled(
  { policies }: { readonly policies?: readonly Policy[] },
  { part }: Stand,
): { policies?: readonly Policy[] } {
  if (policies === undefined) return {};
  return {
    policies: policies.map((policy) => ({
      ...policy,
      limit: Math.max(1, partOfLimit(policy.limit, part)),
    })),
  };
}
