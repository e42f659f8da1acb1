import { describe, expect, it } from "vitest";
import { sluice } from "../support/command-line.ts";
import { startWorld } from "../support/gateway.ts";
import { httpOrigin } from "../support/origin.ts";

describe("reload", () => {
  it("lists what was taken over, or says that nothing has changed", async () => {
    const answers = [{ changed: ["drain"] }, { changed: [] }];
    await using origin = await httpOrigin((_, outgoing) => {
      outgoing.end(JSON.stringify(answers.shift()));
    });
    const words = ["reload", "--admin", origin.url.origin];
    expect(await sluice(words)).toEqual({ code: 0, out: "Taken over:\n  drain\n", err: "" });
    expect(await sluice(words)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Nothing has changed: /),
    });
  });

  it("tells what is wrong with the file, what was found, and the remedy, a line each", async () => {
    const problems = [
      { path: "open", found: "7", problem: "must be true or false" },
      { path: "prot", problem: "is not a setting here", remedy: "Look it up." },
    ];
    await using origin = await httpOrigin((_, outgoing) => {
      outgoing.writeHead(422).end(JSON.stringify({ detail: "The old one stays.", problems }));
    });
    const told = await sluice(["reload", "--admin", origin.url.origin]);
    expect(told).toMatchObject({ code: 65, out: "" });
    expect(told.err.split("\n")).toEqual([
      "The old one stays.",
      "  open: must be true or false",
      "      found:  7",
      "  prot: is not a setting here",
      "      remedy: Look it up.",
      "",
    ]);
  });

  it("ends with 65 where the instance has no file", async () => {
    await using world = await startWorld();
    const told = await sluice(["reload", "--admin", world.gateway.adminUrl]);
    expect(told).toMatchObject({ code: 65, out: "" });
  });
});
