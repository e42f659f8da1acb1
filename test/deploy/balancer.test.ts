import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { repositoryFile } from "./repository-file.ts";

interface Team {
  readonly upstreams: Readonly<
    Record<
      string,
      {
        readonly queue: { readonly maxWait: string };
        readonly timeouts: {
          readonly connect: string;
          readonly headers: string;
          readonly body: string;
        };
      }
    >
  >;
}

const run = promisify(execFile);
const ABSENT = "nginx is not installed";
const configuration = repositoryFile("config/nginx.conf").replaceAll(/^\s*#.*\n/gmv, "");

/** What each occurrence of a directive says. */
function directive(name: string): readonly string[] {
  const found = configuration.matchAll(new RegExp(`^\\s*${name}\\s+(?!\\{)([^;]+);`, "gmv"));
  return [...found].map(([, value]) => (value ?? "").replaceAll(/\s+/gv, " "));
}

function seconds(duration: string | undefined): number {
  const [, amount] = /^(\d+)s$/v.exec(duration ?? "") ?? [];
  return Number(amount);
}

/** What `nginx -t` says of the configuration, its names and paths replaced by ones that exist here. */
async function verdictOfNginx(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-nginx-"));
  const file = join(folder, "nginx.conf");
  const local = configuration
    .replaceAll(/sluice-(\d):8080 resolve/gv, "127.0.0.$1:8080")
    .replaceAll("/tmp/", `${folder}/`)
    .replaceAll("/dev/stdout", `${folder}/access.log`);
  try {
    await writeFile(file, local);
    const { stderr } = await run("nginx", ["-t", "-p", folder, "-c", file]);
    return stderr;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return ABSENT;
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("config/nginx.conf", () => {
  it("never sends a request twice", () => {
    expect(directive("proxy_next_upstream")).toEqual(["off"]);
    expect(directive("proxy_next_upstream_tries")).toEqual(["1"]);
    expect(directive("proxy_pass")).toEqual(["http://sluice"]);
  });

  it("spreads over the instances of docker-compose.yml and finds them again after a restart", () => {
    const { services } = parse(repositoryFile("docker-compose.yml"), { merge: true }) as {
      services: Record<string, { build?: { target: string } }>;
    };
    const instances = Object.entries(services)
      .filter(([, { build }]) => build?.target === "sluice")
      .map(([name]) => `${name}:8080 resolve`);
    const servers = directive("server").map((value) => value.split(" ").slice(0, 2).join(" "));
    expect(servers).toEqual(instances);
    expect(directive("resolver")[0]).toMatch(/^127\.0\.0\.11 /v);
    expect(configuration).toMatch(/^\s*least_conn;$/mv);
    expect(directive("zone")).toHaveLength(1);
  });

  it("streams both bodies over connections that it keeps", () => {
    expect(directive("proxy_buffering")).toEqual(["off"]);
    expect(directive("proxy_request_buffering")).toEqual(["off"]);
    expect(directive("proxy_http_version")).toEqual(["1.1"]);
    expect(directive("proxy_set_header")).toContain('Connection ""');
    expect(directive("keepalive")).toHaveLength(1);
    expect(directive("client_max_body_size")).toEqual(["0"]);
  });

  it("gives an idle connection up before an instance does", () => {
    const instanceMs = /keepAliveTimeout: ([\d_]+)/v.exec(repositoryFile("src/app.ts"))?.[1];
    const instance = Number(instanceMs?.replaceAll("_", "")) / 1000;
    expect(seconds(directive("keepalive_timeout")[0])).toBeLessThan(instance);
  });

  it("waits longer than a request may wait in the queue and at the upstream", () => {
    const { upstreams } = parse(repositoryFile("config/team.yaml")) as Team;
    expect(Object.keys(upstreams)).not.toEqual([]);
    for (const { queue, timeouts } of Object.values(upstreams)) {
      const parts = [queue.maxWait, timeouts.connect, timeouts.headers, timeouts.body];
      const longest = parts.reduce((sum, part) => sum + seconds(part), 0);
      expect(seconds(directive("proxy_read_timeout")[0])).toBeGreaterThan(longest);
      expect(seconds(directive("proxy_send_timeout")[0])).toBeGreaterThan(longest);
    }
    expect(directive("proxy_ignore_client_abort")).toEqual(["off"]);
  });

  it("passes fields as they came", () => {
    expect(directive("proxy_set_header")).toEqual(['Connection ""', "Host $http_host"]);
    expect(directive("underscores_in_headers")).toEqual(["on"]);
    expect(directive("ignore_invalid_headers")).toEqual(["off"]);
    expect(directive("proxy_redirect")).toEqual(["off"]);
    expect(directive("proxy_hide_header")).toEqual([]);
    expect(directive("proxy_pass_header")).toEqual(expect.arrayContaining(["Date", "Server"]));
    // Otherwise the upstream could make the balancer answer something else.
    expect(directive("proxy_ignore_headers")[0]?.split(" ")).toContain("X-Accel-Redirect");
  });

  it("writes no line that could hold a consumer's key", () => {
    expect(directive("error_log")).toEqual(["stderr emerg"]);
    expect(directive("access_log")).toEqual(["off", "/dev/stdout own_answer"]);
    const [format] = directive("log_format");
    expect(format).toContain("$status");
    expect(format).not.toMatch(
      /\$(?:request\b|request_uri|args|query_string|arg_|is_args|http_|sent_)/v,
    );
  });

  it("says of a request that got no answer whether it may have been processed", () => {
    const bodies = [...configuration.matchAll(/return (\d{3}) '(\{.+\})';/gv)];
    const problems = bodies.map(([, status, body]) => [Number(status), JSON.parse(body ?? "")]);
    expect(problems.map(([status]) => status)).toEqual([503, 504, 502]);
    for (const [status, problem] of problems) {
      expect(problem).toMatchObject({ type: "about:blank", status });
    }
    expect(directive("proxy_intercept_errors")).toEqual(["off"]);
    expect(directive("error_page")).toEqual(["502 504 = @no_answer"]);
  });

  it("tells its health on loopback, where docker-compose.yml asks", () => {
    const { services } = parse(repositoryFile("docker-compose.yml"), { merge: true }) as {
      services: { balancer: { healthcheck: { test: string[] } } };
    };
    const address = directive("listen").find((value) => value.startsWith("127.0.0.1:"));
    const [, path] = /location = (\S+) \{/v.exec(configuration) ?? [];
    expect(services.balancer.healthcheck.test.at(-1)).toBe(`http://${address}${path}`);
  });

  it("is taken by nginx, where one is installed", async () => {
    const verdict = await verdictOfNginx();
    expect(verdict).toMatch(new RegExp(`test is successful|^${ABSENT}$`, "v"));
  });
});
