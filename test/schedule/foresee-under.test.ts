import { describe, expect, it } from "vitest";
import { foreseeUnder } from "../../src/schedule/foresee-under.ts";
import { outlook, standing } from "../support/outlook.ts";
import { policyOf, seenAt } from "../support/policies.ts";
import { terms } from "../support/ledger-world.ts";
import type { Knowledge, Prospect } from "../../src/schedule/foresee.ts";
import type { PolicyOutlook } from "../../src/ports/ledger.ts";

const route = policyOf("r", 4);
const PACE = 2100 / 4;

function knowing(changes: Partial<PolicyOutlook>): Knowledge {
  const frees = [1, 2, 3, 4].map((units) => ({ units, inMs: units * PACE }));
  const policies = [seenAt("r", { used: 4, frees, ...changes })];
  const nothing = { rates: new Map<string, number>(), since: new Map<string, number>() };
  return { outlook: outlook({ policies }), terms: terms(), ageMs: 0, ...nothing };
}

function asking(changes: Partial<Prospect> = {}): Prospect {
  return { consumer: "me", weight: 1, cost: 1, urgency: 3, policies: [route], ...changes };
}

describe("foreseeUnder()", () => {
  it("sends at once what no policy holds", () => {
    const idle = { ...knowing({}), outlook: outlook() };
    expect(foreseeUnder(idle, asking()).waitMs).toBe(0);
    expect(foreseeUnder(knowing({}), asking({ policies: [] })).waitMs).toBe(0);
  });

  it("waits until the policy has room, behind those who stand before it there", () => {
    expect(foreseeUnder(knowing({}), asking()).waitMs).toBe(PACE);
    const consumers = [standing("me", 2), standing("other", 9)];
    expect(foreseeUnder(knowing({ consumers }), asking())).toMatchObject({
      place: 5,
      waitMs: 5 * PACE,
    });
  });

  it("leaves out what of its consumer came after it", () => {
    const consumers = [standing("me", 3)];
    const behindAt = new Map([["r", 2]]);
    expect(foreseeUnder(knowing({ consumers }), asking({ behindAt })).waitMs).toBe(2 * PACE);
  });

  it("waits for a pause of the policy, and no better bound is told than the forecast", () => {
    const { waitMs, boundMs } = foreseeUnder(
      knowing({ blockedForMs: 9000, probing: true }),
      asking(),
    );
    expect(waitMs).toBe(9000);
    expect(boundMs).toBeGreaterThan(9000);
  });
});
