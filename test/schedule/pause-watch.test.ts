import { expect, it } from "vitest";
import { watchPauses } from "../../src/schedule/pause-watch.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { terms } from "../support/ledger-world.ts";
import { MemoryLedger, SharedMemory } from "../support/memory-ledger.ts";

it("watchPauses() tells once when a pause begins, and once when it is over", async () => {
  const clock = new FakeClock();
  const told: number[] = [];
  const ledger = watchPauses(new MemoryLedger(new SharedMemory(), terms(), clock), (forMs) => {
    told.push(forMs);
  });
  let sequence = 0;
  const turn = () => {
    sequence += 1;
    const nothing = { joins: [], leaves: [], ended: [], returned: [] };
    return ledger.turn({ process: "p", sequence, ...nothing });
  };
  await turn();
  await ledger.pause({ process: "p", ticket: "t", forMs: 3000 });
  await turn();
  await turn();
  await clock.advance(3000);
  await turn();
  expect(told).toEqual([3000, 0]);
});
