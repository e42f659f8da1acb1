import { expect, it } from "vitest";
import { Listeners } from "../../src/adapters/listeners.ts";

it("Listeners tells those who listen to an id, each until disposed of", () => {
  const listeners = new Listeners<string>();
  const heard: string[] = [];
  const listener = (told: string): void => void heard.push(told);
  const first = listeners.add("a", listener);
  const second = listeners.add("a", listener);
  listeners.tell("b", "nothing");
  listeners.tell("a", "one");
  expect([heard, listeners.ids]).toEqual([["one", "one"], ["a"]]);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  listeners.tell("a", "two");
  expect(heard).toEqual(["one", "one", "two"]);
  second[Symbol.dispose]();
  expect(listeners.ids).toEqual([]);
});
