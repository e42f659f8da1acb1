import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { Problem } from "../../src/http/problem.ts";
import { Mask } from "../../src/forward/mask.ts";
import { accessRecord, newNotes } from "../../src/observe/access-record.ts";
import { createLog, logAccess } from "../../src/observe/log.ts";
import { settle } from "../support/fake-clock.ts";

const SECRET = 'key-with-"quotes"-and-ä';

function open(pretty: boolean | "auto" = false, isTTY = false) {
  const out = Object.assign(new PassThrough(), { isTTY });
  const chunks: Buffer[] = [];
  out.on("data", (chunk: Buffer) => chunks.push(chunk));
  const log = createLog({ settings: { level: "info", pretty }, mask: new Mask([SECRET]), out });
  return { log, text: () => Buffer.concat(chunks).toString() };
}

describe("createLog()", () => {
  it.each([
    ["a field", { field: SECRET }, ""],
    ["the message", {}, `failed with ${SECRET}`],
    ["an error", { err: new Error(`at ?apikey=${encodeURIComponent(SECRET)}`) }, ""],
    ["a depth", { a: { b: [{ c: `x${SECRET}y` }] } }, ""],
  ])("masks a secret in %s, since every line passes the mask", async (_where, fields, message) => {
    for (const pretty of [false, true]) {
      const { log, text } = open(pretty);
      log.info(fields, message);
      await settle();
      expect(text()).not.toBe("");
      expect(text()).not.toContain("quotes");
    }
  });

  it("writes JSON lines, and for people on a terminal", async () => {
    const lines = open("auto");
    const terminal = open("auto", true);
    for (const { log } of [lines, terminal]) log.info("ready");
    await settle();
    expect(JSON.parse(lines.text())).toMatchObject({ level: 30, msg: "ready" });
    expect(terminal.text()).toMatch(/INFO.*ready/);
    expect(() => JSON.parse(terminal.text()) as unknown).toThrow(SyntaxError);
  });
});

describe("createLog() while lines come faster than they are written", () => {
  it("writes those of one round together, in their order, and a long heap of them at once", async () => {
    const out = Object.assign(new PassThrough(), { isTTY: false });
    const chunks: string[] = [];
    out.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
    const settings = { level: "info", pretty: false } as const;
    const log = createLog({ settings, mask: new Mask([SECRET]), out });
    const before = process.listenerCount("exit");
    log.info("one");
    log.info("two");
    expect(chunks).toEqual([]);
    await settle();
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toMatch(/"one".*\n.*"two".*\n$/);
    log.info({ long: "x".repeat(70_000) }, "three");
    expect(out.writableLength + out.readableLength + chunks.join("").length).toBeGreaterThan(
      70_000,
    );
    await settle();
    expect(process.listenerCount("exit")).toBe(before);
  });

  it("writes what is left when the process ends", () => {
    const out = Object.assign(new PassThrough(), { isTTY: false });
    const settings = { level: "info", pretty: false } as const;
    const log = createLog({ settings, mask: new Mask([]), out });
    log.info("the last word");
    const flush = process.listeners("exit").at(-1);
    flush?.call(process, 0);
    expect(String(out.read())).toContain("the last word");
  });
});

describe("logAccess()", () => {
  it.each([
    [undefined, 30],
    ["queue-full", 40],
    ["internal", 50],
  ] as const)("logs an exchange with the problem %s at level %i", async (problem, level) => {
    const { log, text } = open();
    const notes = newNotes("r1", "GET");
    if (problem) notes.problem = problem;
    const ending = { status: 200, totalMs: 1, bodyBytes: 0, end: "complete" } as const;
    logAccess(log, accessRecord(notes, ending), problem && new Error("why"));
    await settle();
    const line = JSON.parse(text()) as { err?: { message: string } };
    expect(line).toMatchObject({ level, exchange: { requestId: "r1" } });
    expect(line.err?.message).toBe(problem && "why");
  });

  it.each([
    [new Problem("no-such-mount", { detail: "" }), undefined],
    [new Problem("upstream-unreachable", { detail: "", cause: new Error("refused") }), "refused"],
  ])("tells what lies behind %s, where something does", async (cause, message) => {
    const { log, text } = open();
    const ending = { status: 404, totalMs: 1, bodyBytes: 0, end: "complete" } as const;
    logAccess(log, accessRecord(newNotes("r1", "GET"), ending), cause);
    await settle();
    const line = JSON.parse(text()) as { err?: { message: string } };
    expect(line.err?.message).toBe(message);
  });
});
