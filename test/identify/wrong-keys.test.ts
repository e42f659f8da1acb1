import { describe, expect, it } from "vitest";
import { peerOf, WrongKeys } from "../../src/identify/wrong-keys.ts";

function open(most = 3) {
  const clock = { now: 0 };
  return { clock, keys: new WrongKeys({ most: () => most, now: () => clock.now }) };
}

function nth(index: number): string {
  return `10.0.${index >> 8}.${index & 255}`;
}

describe("refusal()", () => {
  it("comes once an address has sent too many in a minute, and tells when the minute is over", () => {
    const { clock, keys } = open();
    for (let count = 0; count < 3; count += 1) expect(keys.refusal("10.0.0.1")).toBeUndefined();
    clock.now = 20_500;
    const problem = keys.refusal("10.0.0.1");
    expect(problem).toMatchObject({ type: "too-many-wrong-keys", status: 429 });
    expect(problem?.details.retryAfterSeconds).toBe(40);
    expect(keys.refusal("10.0.0.2")).toBeUndefined();
    clock.now = 60_000;
    expect(keys.refusal("10.0.0.1")).toBeUndefined();
  });

  it("counts a network of IPv6 as one address", () => {
    const { keys } = open(1);
    expect(keys.refusal("2001:db8:1:2::1")).toBeUndefined();
    expect(keys.refusal("2001:db8:1:2:ffff::9")?.type).toBe("too-many-wrong-keys");
  });

  it("holds ten thousand addresses at most, and forgets those that began first", () => {
    const { keys } = open(1);
    for (let index = 0; index < 10_001; index += 1) keys.refusal(nth(index));
    expect(keys.size).toBe(10_000);
    expect(keys.refusal(nth(10_000))?.type).toBe("too-many-wrong-keys");
    expect(keys.refusal(nth(0))).toBeUndefined();
  });
});

it.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["::1", "0:0:0:0"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["", ""],
])("peerOf() %s is %s", (address, peer) => {
  expect(peerOf(address)).toBe(peer);
});
