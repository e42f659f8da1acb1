import { describe, expect, it } from "vitest";
import { writtenFields } from "../../src/reference/fields.ts";
import { repositoryFile } from "../deploy/repository-file.ts";
import { startWorld } from "../support/gateway.ts";

describe("the fields that are written", () => {
  it.each(writtenFields.map(({ name, source }) => [name, source] as const))(
    "has %s where src/%s decides on it",
    (name, source) => {
      expect(repositoryFile(`src/${source}`).toLowerCase()).toContain(name.toLowerCase());
    },
  );

  it("knows every field that an answer has beside those of the API", async () => {
    await using world = await startWorld();
    const framing = ["content-length", "transfer-encoding"];
    const names = new Set([...writtenFields.map(({ name }) => name.toLowerCase()), ...framing]);
    for (const query of ["", "", "&again"]) {
      const response = await fetch(`${world.base}/ticket/1?apikey=sim-key${query}`);
      const direct = await fetch(`${world.simulator.url}/ticket/1?apikey=sim-key`);
      const own = [...response.headers.keys()].filter((name) => !direct.headers.has(name));
      expect(own.filter((name) => !names.has(name))).toEqual([]);
    }
  });
});
