import { expect, it } from "vitest";
import { readOutlook } from "../../../src/adapters/redis/outlook.ts";

it("readOutlook() reads what the script returns", () => {
  const quota = ["q", "3", "1", "200", "3", "900.5"];
  const consumer = [
    "a|b",
    "2",
    "0.5",
    "0",
    "4",
    "3",
    "1",
    "77",
    "0",
    "1",
    "1",
    "1",
    "1",
    "1",
    "1",
    "3",
  ];
  const waiter = ["a|b", "2", "1.5", "1", "3", "2", "9", "0", "0", "0", "1", "2", "2", "2", "2"];
  const policy = [["cap", "1", "1", "40"], "5", "1", "-2.5", "0", "1", [waiter], "6000"];
  const raw = ["12.5", "0.25", "-3", "0", "1", "0", "2", [quota, ["r", "0"]], [consumer], [policy]];
  expect(readOutlook(raw)).toEqual({
    atMs: 12.5,
    virtual: 0.25,
    paceInMs: -3,
    blockedForMs: 0,
    probing: true,
    ramping: false,
    underWay: 2,
    quotas: [
      {
        quota: "q",
        used: 3,
        frees: [
          { units: 1, inMs: 200 },
          { units: 3, inMs: 900.5 },
        ],
      },
      { quota: "r", used: 0, frees: [] },
    ],
    consumers: [
      {
        consumer: "a|b",
        weight: 2,
        start: 0.5,
        asleep: 0,
        units: 4,
        waiting: 3,
        credit: 1,
        joined: 77,
        before: [0, 1, 1, 1, 1, 1, 1, 3],
      },
    ],
    policies: [
      {
        policy: "cap",
        limit: 5,
        spanMs: 6000,
        virtual: 1,
        paceInMs: -2.5,
        blockedForMs: 0,
        probing: true,
        used: 1,
        frees: [{ units: 1, inMs: 40 }],
        consumers: [
          {
            consumer: "a|b",
            weight: 2,
            start: 1.5,
            asleep: 1,
            units: 3,
            waiting: 2,
            joined: 9,
            before: [0, 0, 0, 1, 2, 2, 2, 2],
          },
        ],
      },
    ],
  });
});
