import { describe, expect, it } from "vitest";
import { clusterTarget, namesCluster } from "../../../src/adapters/redis/cluster-target.ts";

describe("clusterTarget()", () => {
  it.each([
    ["cluster://a", { nodes: [{ host: "a", port: 6379 }], secure: false }],
    [
      "cluster://a:1,[::1]:2/",
      {
        nodes: [
          { host: "a", port: 1 },
          { host: "::1", port: 2 },
        ],
        secure: false,
      },
    ],
    [
      "cluster+tls://us%3Aer:p%40ss@a.test:1,b.test",
      {
        nodes: [
          { host: "a.test", port: 1 },
          { host: "b.test", port: 6379 },
        ],
        secure: true,
        username: "us:er",
        password: "p@ss",
      },
    ],
    ["cluster://:p@a", { nodes: [{ host: "a", port: 6379 }], secure: false, password: "p" }],
  ])("reads %s", (url, wanted) => {
    expect(clusterTarget(url)).toEqual(wanted);
  });

  it.each([
    "cluster://",
    "cluster://:s3cret@a/1",
    "cluster://:s3cret@a,,b",
    "cluster://:s3cret@a:x",
    "cluster://:s3cret%zz@a",
    "redis://:s3cret@a",
  ])("refuses %j, without repeating it", (url) => {
    expect(() => clusterTarget(url)).toThrow(Error);
    expect(() => clusterTarget(url)).not.toThrow("s3cret");
  });
});

describe("namesCluster()", () => {
  it("knows both schemes, and no other", () => {
    const urls = ["cluster://a", "cluster+tls://a", "redis://a", "sentinel://a/b", "clusters://a"];
    expect(urls.map(namesCluster)).toEqual([true, true, false, false, false]);
  });
});
