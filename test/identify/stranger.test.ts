import { expect, it } from "vitest";
import { stranger } from "../../src/identify/stranger.ts";

it("stranger() tells the owner of a former key why it is none, and everybody else what to send", () => {
  const told = [
    stranger({ kind: "disabled", name: "sync" }, true, 2),
    stranger({ kind: "expired", name: "sync" }, true, 2),
    stranger({ kind: "unknown" }, true, 2),
    stranger({ kind: "unknown" }, false, 2),
  ].map(({ type, details }) => [type, details.detail?.slice(0, 40)]);
  expect(told).toEqual([
    ["unknown-consumer", "The consumer sync, whose key this is, ha"],
    ["unknown-consumer", "This key of the consumer sync has been r"],
    ["unknown-consumer", "No consumer of this gateway has the key "],
    ["unknown-consumer", "Send this service's consumer key where t"],
  ]);
});
