/*
 * What the results of the public cache tests come to. The suite judges each test by its own outcome and by
 * those of the tests that it depends on: what cannot be told since its premises fail is not passed.
 */

/**
 * `required`: the RFC's MUST; `optimal`: what a cache is for; `check`: how a cache behaves, without a right answer.
 * `surrogate`: whatever a suite of its own asks of Surrogate-Control, a note of the W3C that RFC 9213 has replaced.
 */
export const KINDS = ["required", "optimal", "check", "surrogate"] as const;

/** How much a test counts. */
export type Kind = (typeof KINDS)[number];

/** A test of the suite, as far as its score is concerned. */
export interface SuiteTest {
  readonly id: string;
  readonly kind?: Kind;
  readonly depends_on?: readonly string[];
  readonly browser_only?: boolean;
}

/** By a test's id: true, or the name of the error and its message. */
export type Results = Readonly<Record<string, true | readonly [error: string, message?: string]>>;

/** What became of a test. `setup`: it did not come as far as its question. */
export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "setup"; readonly why: string }
  | { readonly kind: "dependency"; readonly on: string }
  | { readonly kind: "untested" };

/** What a profile achieved in one kind of tests. */
export interface Score {
  readonly passed: number;
  /** Of the others, those that came as far as their question and gave the wrong answer. */
  readonly failed: number;
  readonly total: number;
  /** Of those that did not pass: id and why. */
  readonly missing: readonly string[];
}

/** By kind. */
export type Scores = Readonly<Record<Kind, Score>>;

/** The passes that were reached once, by kind: the least for the next time. */
export type Ratchet = Readonly<Record<Kind, number>>;

/** Judges one test. `tests` holds all of the suite, by id. */
export function outcomeOf(
  test: SuiteTest,
  tests: ReadonlyMap<string, SuiteTest>,
  results: Results,
): Outcome {
  const result = results[test.id];
  if (result === undefined) return { kind: "untested" };
  for (const id of test.depends_on ?? []) {
    const premise = tests.get(id);
    if (!premise) throw new Error(`${test.id} depends on ${id}, which the suite does not have.`);
    if (outcomeOf(premise, tests, results).kind !== "passed") return { kind: "dependency", on: id };
  }
  if (result === true) return { kind: "passed" };
  const [error, why = error] = result;
  return error === "Setup" ? { kind: "setup", why } : { kind: "failed", why };
}

/** Counts what passed. Tests for browsers alone are not run and do not count. */
export function scoresOf(suite: readonly SuiteTest[], results: Results): Scores {
  const tests = new Map(suite.map((test) => [test.id, test]));
  const scoreOf = (kind: Kind): Score => {
    const counted = suite.filter(
      (test) => !test.browser_only && (test.kind ?? "required") === kind,
    );
    const outcomes = counted.map((test) => [test.id, outcomeOf(test, tests, results)] as const);
    const missing = outcomes.flatMap(([id, outcome]) =>
      outcome.kind === "passed" ? [] : [`${id}: ${described(outcome)}`],
    );
    return {
      passed: outcomes.length - missing.length,
      failed: outcomes.filter(([, { kind: how }]) => how === "failed").length,
      total: outcomes.length,
      missing,
    };
  };
  return {
    required: scoreOf("required"),
    optimal: scoreOf("optimal"),
    check: scoreOf("check"),
    surrogate: scoreOf("surrogate"),
  };
}

function described(outcome: Exclude<Outcome, { kind: "passed" }>): string {
  switch (outcome.kind) {
    case "failed":
      return outcome.why;
    case "setup":
      return `(setup) ${outcome.why}`;
    case "dependency":
      return `(needs ${outcome.on})`;
    case "untested":
      return "(not run)";
    default:
      return outcome satisfies never;
  }
}

/** What the ratchet says to a profile's scores: the passes that are lost, and where there are more. */
export interface Comparison {
  readonly lost: number;
  readonly notes: readonly string[];
}

/** Compares with what was reached before; a profile that is new there has nothing to lose. */
export function compare(scores: Scores, ratchet: Ratchet | undefined): Comparison {
  const gaps = KINDS.map((kind) => ({ kind, gap: scores[kind].passed - (ratchet?.[kind] ?? 0) }));
  return {
    lost: gaps.reduce((sum, { gap }) => sum + Math.max(0, -gap), 0),
    notes: gaps.flatMap(({ kind, gap }) => {
      if (gap === 0) return [];
      const { passed } = scores[kind];
      return gap < 0
        ? [`${kind}: ${passed} passed, ${-gap} fewer than test/conformance/scores.json has`]
        : [
            `${kind}: ${passed} passed, ${gap} more than test/conformance/scores.json has; raise it`,
          ];
    }),
  };
}

/** One line a profile and kind: what passed, what failed, and what could not be told. */
export function table(profiles: ReadonlyMap<string, Scores>): string {
  const rows = [...profiles].flatMap(([profile, scores]) =>
    KINDS.map((kind) => {
      const { passed, failed, total } = scores[kind];
      const share = total === 0 ? "-" : `${((100 * passed) / total).toFixed(1)} %`;
      return [profile, kind, `${passed}/${total}`, share, failed, total - passed - failed];
    }),
  );
  const head = ["profile", "tests", "passed", "", "failed", "not told"];
  return [head, ...rows]
    .map((row) =>
      row.map((cell, at) => (at < 2 ? `${cell}`.padEnd(12) : `${cell}`.padStart(9))).join(""),
    )
    .join("\n");
}
