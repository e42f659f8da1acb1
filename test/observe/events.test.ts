import { expect, it } from "vitest";
import { Events } from "../../src/observe/events.ts";

it("Events tells each in one log line and keeps the last two hundred, newest first", () => {
  const lines: unknown[] = [];
  let now = 0;
  const events = new Events({
    log: { info: (...line: unknown[]) => void lines.push(line) },
    clock: { now: () => (now += 1) },
  });
  for (let index = 1; index <= 201; index += 1) {
    events.add({ upstream: "api", kind: "limit", words: `number ${index}` });
  }
  expect(lines).toHaveLength(201);
  expect(lines[0]).toEqual([{ upstream: "api", quota: "limit" }, "number 1"]);
  expect(events.recent).toHaveLength(200);
  expect(events.recent[0]).toEqual({
    at: 201,
    upstream: "api",
    kind: "limit",
    words: "number 201",
  });
  expect(events.recent.at(-1)?.words).toBe("number 2");
});
