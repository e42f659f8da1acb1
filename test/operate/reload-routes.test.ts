import { describe, expect, it } from "vitest";
import { reloadRoutes } from "../../src/operate/reload-routes.ts";
import type { AuditEntry } from "../../src/observe/audit.ts";
import type { Reloaded } from "../../src/operate/reloading.ts";

async function answered(reload: (() => Promise<Reloaded>) | undefined) {
  const audited: Omit<AuditEntry, "at">[] = [];
  const audit = { add: (entry: Omit<AuditEntry, "at">) => void audited.push(entry) };
  const answer = await reloadRoutes({ token: "", audit, reload }).request("/", { method: "POST" });
  return { status: answer.status, told: (await answer.text()).slice(0, 500), audited };
}

describe("reloadRoutes()", () => {
  it("tells what was applied, what is wrong and what needs a restart, and the audit of each", async () => {
    const problems = [{ path: "listen.port", problem: "is no port" }];
    const cases: readonly [Reloaded, number, string, string][] = [
      [{ kind: "applied", changed: ["a.b"] }, 200, "a.b", "done"],
      [{ kind: "unchanged" }, 200, "unchanged", "done"],
      [{ kind: "refused", problems }, 422, "is no port", "refused"],
      [{ kind: "needs-restart", paths: ["listen.port"] }, 409, "listen.port", "refused"],
      [{ kind: "store-unavailable" }, 503, "out of reach", "store-unavailable"],
    ];
    for (const [reloaded, status, text, result] of cases) {
      const seen = await answered(() => Promise.resolve(reloaded));
      expect(seen).toMatchObject({ status, audited: [{ action: "reload", result }] });
      expect(seen.told).toContain(text);
    }
  });

  it("refuses where there is no file, and tells the audit of its own faults", async () => {
    expect(await answered(undefined)).toMatchObject({ status: 409, audited: [] });
    const broken = await answered(() => Promise.reject(new Error("odd")));
    expect(broken).toMatchObject({ status: 500, audited: [{ result: "failed" }] });
  });
});
