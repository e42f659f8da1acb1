import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ask, doorOf } from "../../src/command/admin-client.ts";
import { CommandFault } from "../../src/operate/exit.ts";
import { kept } from "../support/command-line.ts";
import { httpOrigin } from "../support/origin.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-door-"));
const around = { environment: {}, out: kept(), err: kept() };

afterAll(() => rmSync(folder, { recursive: true }));

function door(text: string, environment: Record<string, string> = {}, admin?: string) {
  const config = join(folder, "given.yaml");
  writeFileSync(config, text);
  return doorOf({ words: [], options: { config, ...(admin ? { admin } : {}) } }, { environment });
}

describe("doorOf()", () => {
  const written = 'admin: { host: 0.0.0.0, port: "${PORT:-9000}", token: from-file }\nupstreams: 1';

  it("goes by the option, else the environment, else the file, whatever else is in it", () => {
    expect(door(written)).toEqual({ url: "http://127.0.0.1:9000", token: "from-file" });
    expect(door(written, { PORT: "9001", SLUICE_ADMIN_TOKEN: "other" })).toEqual({
      url: "http://127.0.0.1:9001",
      token: "other",
    });
    const environment = { SLUICE_ADMIN_URL: "http://one:1/" };
    expect(door(written, environment).url).toBe("http://one:1");
    expect(door(written, environment, "http://two:2").url).toBe("http://two:2");
    expect(() => door(written, {}, "two:2")).toThrow(CommandFault);
  });

  it("is the one that the reference has where the file says nothing, or cannot be read", () => {
    for (const text of ["upstreams: {}", "admin: 3", "not: [yaml", 'admin: { host: "::1" }']) {
      expect(door(text).url).toMatch(/^http:\/\/(?:127\.0\.0\.1|\[::1\]):8081$/);
    }
  });
});

describe("ask()", () => {
  const asking = { method: "POST", path: "/purge", body: { everything: true } } as const;

  async function asked(status: number, document: object, token = "") {
    await using origin = await httpOrigin((incoming, outgoing) => {
      const { authorization = "", "content-type": type } = incoming.headers;
      outgoing.writeHead(status).end(JSON.stringify({ ...document, authorization, type }));
    });
    return await ask({ url: origin.url.origin, token }, asking, around).catch(
      (error: unknown) => error,
    );
  }

  it("sends JSON, and the token where one is known", async () => {
    expect(await asked(200, {}, "secret")).toEqual({
      authorization: "Bearer secret",
      type: "application/json",
    });
    expect(await asked(200, {})).toMatchObject({ authorization: "" });
  });

  it("tells refusals apart, with the detail and all problems", async () => {
    const faults = await Promise.all([
      asked(401, {}),
      asked(401, {}, "wrong"),
      asked(403, { detail: "Other name." }),
      asked(503, { detail: "Away." }),
      asked(422, { detail: "Faulty.", problems: [{ path: "a.b", problem: "is odd" }] }),
      asked(409, { detail: "Restart.", paths: ["listen.port"] }),
      asked(500, {}),
    ]);
    const told = faults.map((fault) => (fault instanceof CommandFault ? fault.exit : fault));
    expect(told).toEqual([
      "forbidden",
      "forbidden",
      "forbidden",
      "unavailable",
      "refused",
      "refused",
      "failure",
    ]);
    const texts = faults.map(String);
    expect(texts[0]).toContain("Set SLUICE_ADMIN_TOKEN");
    expect(texts[1]).not.toContain("wrong");
    expect(texts[4]).toContain("Faulty.\n  a.b: is odd");
    expect(texts[5]).toContain("listen.port");
  });

  it("says where nobody answers and what to do about it", async () => {
    const origin = await httpOrigin(() => {});
    await origin[Symbol.asyncDispose]();
    const asking9 = ask({ url: origin.url.origin, token: "" }, asking, around);
    await expect(asking9).rejects.toThrow(/No instance answers at .*sluice serve/);
  });
});
