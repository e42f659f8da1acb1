import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/operate/exit.ts";
import { MOST_DEATHS } from "../../src/workers/respawn.ts";
import { deliveryOf, vacated, type Vacancy } from "../../src/workers/vacated.ts";

function after(changes: Partial<Vacancy>) {
  const end = { livedMs: 50, deaths: 0, othersServe: false, code: 7, exit: EXIT.ok };
  return vacated({ ...end, stopping: false, everServed: true, ...changes });
}

describe("vacated()", () => {
  it("starts one again that ended unasked, once some worker has listened", () => {
    expect(after({})).toEqual({ kind: "again", deaths: 1, afterMs: 100 });
  });

  it("starts none again before any has listened: the start has failed, with its code", () => {
    expect(after({ everServed: false })).toEqual({ kind: "stays", exit: 7 });
  });

  it("starts none again while all end, and keeps the first code that is no success", () => {
    expect(after({ stopping: true })).toEqual({ kind: "stays", exit: 7 });
    expect(after({ stopping: true, exit: 3 })).toEqual({ kind: "stays", exit: 3 });
    expect(after({ stopping: true, code: 0 })).toEqual({ kind: "stays", exit: EXIT.ok });
    expect(after({ stopping: true, code: null })).toEqual({ kind: "stays", exit: EXIT.ok });
  });

  it("gives up where none stays alive, never with success", () => {
    const deaths = MOST_DEATHS - 1;
    const given = { kind: "gives-up", deaths: MOST_DEATHS };
    expect(after({ deaths })).toEqual({ ...given, exit: 7 });
    for (const code of [0, null]) {
      expect(after({ deaths, code })).toEqual({ ...given, exit: EXIT.failure });
    }
    expect(after({ deaths, othersServe: true }).kind).toBe("again");
  });
});

describe("deliveryOf()", () => {
  it("tells one that listens, and ends one that starts yet where all drain", () => {
    expect([deliveryOf("drain", true), deliveryOf("reload", true)]).toEqual(["message", "message"]);
    expect([deliveryOf("drain", false), deliveryOf("reload", false)]).toEqual(["SIGTERM", "none"]);
  });
});
