import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Mask } from "../../src/forward/mask.ts";
import { recordOfHit, type HitKind, type HitRecord } from "../../src/observe/access-record.ts";
import { HitLines } from "../../src/observe/hit-lines.ts";
import { logAccess } from "../../src/observe/log.ts";

const NOW = 1_764_000_000_123;
const KIND: HitKind = {
  method: "GET",
  path: '/a"b\\c/\u00E9\u{1F600}',
  upstream: "api",
  consumer: "sync",
  weight: 1.5,
  route: "GET /a/:id",
  policies: [],
  status: 200,
  bodyBytes: 7,
};
const POLICY = { name: "cap:sync", limit: 1, windowMs: 1, padMs: 0 };

function hit(changes: Partial<HitRecord> = {}): HitRecord {
  const id = { requestId: "0b6c", isGivenId: false };
  return { kind: KIND, ...id, ttlMs: 59_999.7, ageMs: 12.34, totalMs: 0.06, ...changes };
}

const timestamp = (): string => `,"time":${NOW}`;

/** The line that pino writes. */
function byPino(one: HitRecord): string {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  logAccess(pino({ base: null, timestamp }, { write }), recordOfHit(one));
  return lines.join("");
}

describe("HitLines", () => {
  it.each([
    ["a hit", hit()],
    ["one of nothing and no age", hit({ ageMs: 0, totalMs: 0, ttlMs: 1 })],
    ["an overridden one", hit({ kind: { ...KIND, detail: "override" } })],
    ["one under policies", hit({ kind: { ...KIND, policies: [POLICY], method: "HEAD" } })],
    ["one with an id of its client's", hit({ requestId: "a:b/c=@", isGivenId: true })],
  ])("writes %s as pino does", (_what, one) => {
    expect(new HitLines(new Mask([])).write(one, NOW)).toBe(byPino(one));
  });

  it("takes of one kind what is of that kind alone", () => {
    const lines = new HitLines(new Mask([]));
    const later = hit({ requestId: "other", ttlMs: 1000, ageMs: 60_000, totalMs: 7.77 });
    lines.write(hit(), NOW);
    expect(lines.write(later, NOW)).toBe(byPino(later));
    const another = hit({ kind: { ...KIND, path: "/other" } });
    expect(lines.write(another, NOW)).toBe(byPino(another));
  });

  it("masks a secret in a path, in a name, and in an id that its client chose (P9)", () => {
    const lines = new HitLines(new Mask(["s3cret-key"]));
    const kind = { ...KIND, path: "/x/s3cret-key", consumer: "s3cret-key" };
    const line = lines.write(hit({ kind, requestId: "s3cret-key", isGivenId: true }), NOW);
    expect(line).not.toContain("s3cret-key");
    expect(line.match(/\*{10}/g)).toHaveLength(3);
    expect(JSON.parse(line)).toMatchObject({ exchange: { path: "/x/**********" } });
  });
});
