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
    expect(await sluice(words)).toMatchObject({ code: 0, out: "Nothing has changed.\n" });
  });

  it("ends with 65 where the instance has no file", async () => {
    await using world = await startWorld();
    const told = await sluice(["reload", "--admin", world.gateway.adminUrl]);
    expect(told).toMatchObject({ code: 65, out: "" });
  });
});
