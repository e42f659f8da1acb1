import { expect, it } from "vitest";
import { crashText } from "../../src/observe/crash-text.ts";

const mask = { text: (text: string) => text.replaceAll("secret", "******") };

it("crashText() tells words, stack, causes and members, with every secret overwritten", () => {
  const cause = Object.assign(new Error("the secret cause"), {
    request: { url: { key: "secret" } },
  });
  const text = crashText(new Error("broken", { cause }), mask);
  for (const part of ["broken", "crash-text.test.ts", "the ****** cause", "key: '******'"]) {
    expect(text).toContain(part);
  }
  expect(text).not.toContain("secret");
});

it("crashText() tells what is no error as it is", () => {
  expect(crashText("only a secret word", mask)).toBe("'only a ****** word'");
});
