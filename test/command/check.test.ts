import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { sluice } from "../support/command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-check-"));
const SECRETS = { SLUICE_APP_KEY: "app-key-0123456789", SLUICE_ADMIN_TOKEN: "token-0123456789" };
const ENVIRONMENT = {
  ...SECRETS,
  SLUICE_UPSTREAM_URL: "https://billing.example.com/api",
  REDIS_URL: "redis://user:redis-password@redis.example:6379",
};

afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = join(folder, "given.yaml");
  writeFileSync(file, text);
  return file;
}

describe("check", () => {
  it("shows what takes effect, under the names of the file, and no secret", async () => {
    const { code, out, err } = await sluice(["check"], ENVIRONMENT);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    for (const secret of [...Object.values(SECRETS), "redis-password"]) {
      expect(out).not.toContain(secret);
    }
    expect(parse(out)).toMatchObject({
      listen: { port: 8080 },
      drain: "10s",
      upstreams: {
        clientexec: {
          url: "https://billing.example.com/api",
          quotas: [{ limit: 200, window: "1m", pad: "1s" }],
        },
      },
    });
    expect(out).toContain("match: GET /ticket/:id");
    const asJson = await sluice(["check", "--json"], ENVIRONMENT);
    expect(JSON.parse(asJson.out)).toEqual(parse(out));
    expect(await sluice(["check", "--quiet"], ENVIRONMENT)).toEqual({ code: 0, out: "", err: "" });
  });

  it("tells every problem and ends with 78, for people and for programs", async () => {
    const file = fileWith(
      "listen: { port: 99999 }\nunknown: 1\nupstreams: { a: { mount: api } }\n",
    );
    const told = await sluice(["check", "--config", file]);
    expect(told).toMatchObject({ code: 78, out: "" });
    for (const path of ["listen.port", "unknown", "upstreams.a.mount"]) {
      expect(told.err).toContain(path);
    }
    const { code, out } = await sluice(["check", "--config", file, "--json"]);
    const { problems } = JSON.parse(out) as { problems: { path: string }[] };
    expect(code).toBe(78);
    expect(problems.map(({ path }) => path)).toContain("listen.port");
  });
});
