import { describe, expect, it } from "vitest";
import { Handout } from "../../src/schedule/handout.ts";
import { FakeClock } from "../support/fake-clock.ts";

function open() {
  const clock = new FakeClock();
  const told: string[] = [];
  const handout = new Handout(clock);
  /** As many as one turn grants. */
  const grant = (count: number, goodForMs = 50): string[] => {
    const tickets = Array.from({ length: count }, (_, index) => `${clock.monotonic()}-${index}`);
    for (const ticket of tickets) {
      handout.add({
        ticket,
        askedAt: clock.monotonic(),
        goodForMs,
        hand: () => told.push(`hand ${ticket}`),
        again: () => told.push(`again ${ticket}`),
      });
    }
    return tickets;
  };
  /** How many were handed out, and how many sent back, since the last time. */
  const counted = (): readonly [number, number] => {
    const all = told.splice(0);
    const handed = all.filter((one) => one.startsWith("hand")).length;
    return [handed, all.length - handed];
  };
  return { clock, told, handout, grant, counted };
}

describe("add()", () => {
  it("hands out at once as many as a turn brings, in their order", () => {
    const { grant, told } = open();
    const tickets = grant(64);
    expect(told).toEqual(tickets.map((ticket) => `hand ${ticket}`));
  });

  it("keeps further ones until one has left, or has ended", () => {
    const { grant, handout, told, counted } = open();
    const [first = "", second = ""] = grant(66);
    expect(counted()).toEqual([64, 0]);
    handout.departed(first);
    handout.ended(second);
    expect(told).toEqual(["hand 0-64", "hand 0-65"]);
  });

  it("sends back into the line what has waited for half of its time, unasked", async () => {
    const { clock, grant, counted } = open();
    grant(70);
    counted();
    await clock.advance(25);
    expect(counted()).toEqual([0, 0]);
    await clock.advance(2);
    expect(counted()).toEqual([0, 6]);
  });

  it("lets nobody be held up for long by those that hang somewhere", async () => {
    const { clock, grant, counted } = open();
    grant(64);
    counted();
    await clock.advance(399);
    grant(1);
    expect(counted()).toEqual([0, 0]);
    await clock.advance(2);
    grant(64);
    expect(counted()[0]).toBe(64);
  });
});

describe("late()", () => {
  it("lets the next go alone, then twice as many as left, up to half of what was too many", async () => {
    const { clock, grant, handout, told } = open();
    for (const ticket of grant(64)) {
      handout.late(ticket);
      handout.ended(ticket);
    }
    await clock.advance(60);
    told.length = 0;
    grant(64);
    const rounds = [];
    while (told.length > 0) {
      const handed = told.splice(0).map((one) => one.replace("hand ", ""));
      rounds.push(handed.length);
      for (const ticket of handed) handout.departed(ticket);
    }
    expect(rounds).toEqual([1, 2, 4, 8, 16, 32, 1]);
  });

  it("tells something once of all that were handed out together", async () => {
    const { clock, grant, handout, counted } = open();
    const [first = "", second = "", ...others] = grant(64);
    handout.late(first);
    handout.ended(first);
    await clock.advance(60);
    for (const ticket of others) handout.ended(ticket);
    counted();
    const [third = "", fourth = ""] = grant(2);
    expect(counted()).toEqual([0, 0]);
    handout.late(second);
    handout.ended(second);
    handout.departed(third);
    handout.departed(fourth);
    counted();
    grant(4);
    expect(counted()).toEqual([3, 0]);
  });
});

describe("withdraw()", () => {
  it("takes out what still waits, and says so", () => {
    const { grant, handout, counted } = open();
    const tickets = grant(65);
    expect([handout.withdraw(tickets[64] ?? ""), handout.withdraw(tickets[0] ?? "")]).toEqual([
      true,
      false,
    ]);
    counted();
    handout.departed(tickets[0] ?? "");
    expect(counted()).toEqual([0, 0]);
  });
});
