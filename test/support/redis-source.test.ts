import { describe, expect, it } from "vitest";
import { noRedisMessage, redisSources, type Surroundings } from "./redis-source.ts";

const NOTHING: Surroundings = {
  givenUrl: "",
  dockerAnswers: false,
  serverOnPath: false,
  ci: false,
  root: false,
  debian: false,
};

const EVERYTHING: Surroundings = {
  givenUrl: "redis://one",
  dockerAnswers: true,
  serverOnPath: true,
  ci: true,
  root: true,
  debian: true,
};

describe("redisSources()", () => {
  it.each([
    ["only the given one, whatever else is there", EVERYTHING, ["given"]],
    [
      "Docker, then the server on the PATH",
      { ...EVERYTHING, givenUrl: "" },
      ["container", "server"],
    ],
    ["Docker alone", { ...NOTHING, dockerAnswers: true }, ["container"]],
    ["the server on the PATH", { ...NOTHING, serverOnPath: true }, ["server"]],
    [
      "an installation after Docker",
      { ...NOTHING, dockerAnswers: true, debian: true, root: true },
      ["container", "install"],
    ],
    ["an installation for root", { ...NOTHING, debian: true, root: true }, ["install"]],
    ["an installation in CI", { ...NOTHING, debian: true, ci: true }, ["install"]],
    ["nothing on somebody's own Debian", { ...NOTHING, debian: true }, []],
    ["nothing where apt-get is not there", { ...NOTHING, ci: true, root: true }, []],
  ])("offers %s", (_, found, sources) => {
    expect(redisSources(found)).toEqual(sources);
  });
});

describe("noRedisMessage()", () => {
  it("names all four ways, and what was tried", () => {
    const message = noRedisMessage(["container: no such image"]);
    for (const way of ["TEST_REDIS_URL", "Docker", "PATH", "apt-get", "no such image"]) {
      expect(message).toContain(way);
    }
  });
});
