import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { repositoryFile, repositoryPath } from "./repository-file.ts";

interface Service {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly user?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const run = promisify(execFile);
/** Where the linter's program is, seen from its library. */
const BINARY = "../bin/dclint.cjs";
const text = repositoryFile("docker-compose.yml");
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const environment = new Map(
  repositoryFile(".env.example")
    .split("\n")
    .filter((line) => /^\w+=/v.test(line))
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
);

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`There is no service ${name}.`);
  return found;
}

/** `--name value` of a command line. */
function option(words: readonly string[] = [], name: string): string | undefined {
  return words.includes(name) ? words[words.indexOf(name) + 1] : undefined;
}

describe("docker-compose.yml", () => {
  it("passes the compose linter without a warning", async () => {
    const linter = fileURLToPath(new URL(BINARY, import.meta.resolve("dclint")));
    const root = repositoryPath(".");
    const verdict = run(linter, ["docker-compose.yml", "--max-warnings", "0"], { cwd: root });
    await expect(verdict).resolves.toBeDefined();
  });

  it("waits only for services that exist and tell their health", () => {
    const waits = services.flatMap(([, { depends_on }]) => Object.entries(depends_on ?? {}));
    expect(waits.map(([name]) => name)).toContain("redis");
    for (const [name, { condition }] of waits) {
      expect(Object.keys(compose.services)).toContain(name);
      expect(condition).toBe("service_healthy");
      expect(service(name)).toHaveProperty("healthcheck");
      // What is there only with a profile cannot be waited for without it.
      expect(service(name)).not.toHaveProperty("profiles");
    }
  });

  it("declares every volume and network that is used, and no other", () => {
    const volumes = services
      .flatMap(([, one]) => one.volumes ?? [])
      .map((volume) => volume.split(":")[0] ?? "")
      .filter((source) => !source.startsWith("."));
    const networks = services.flatMap(([, one]) => one.networks ?? []);
    expect(new Set(volumes)).toEqual(new Set(Object.keys(compose.volumes)));
    expect(new Set(networks)).toEqual(new Set(Object.keys(compose.networks)));
  });

  it("hardens every service and tells its health", () => {
    const hardened = {
      restart: "unless-stopped",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      healthcheck: expect.objectContaining({ test: expect.any(Array) as unknown }) as unknown,
    };
    expect(services).toEqual(
      services.map(([name]) => [name, expect.objectContaining(hardened) as unknown]),
    );
  });

  it("pins the images that it does not build, and runs them as somebody else than root", () => {
    const foreign = services.filter(([, { build }]) => build === undefined);
    const pinned = expect.stringMatching(/:\d+\.\d+\.\d+-alpine$/v) as unknown;
    expect(foreign.map(([name, { image, user }]) => ({ name, image, user }))).toEqual([
      { name: "redis", image: pinned, user: "redis" },
      { name: "balancer", image: pinned, user: "nginx" },
    ]);
  });

  it("publishes the balancer alone, on loopback unless told otherwise", () => {
    const published = services.flatMap(([name, { ports = [] }]) =>
      ports.map((port) => [name, port]),
    );
    expect(published).toEqual([
      ["balancer", "${SLUICE_BIND:-127.0.0.1}:${SLUICE_PORT:-8080}:8080"],
    ]);
  });

  it("takes no secret by default and says what to set, when a variable is missing", () => {
    const given = service("sluice-1").environment ?? {};
    for (const name of [
      "SLUICE_UPSTREAM_URL",
      "SLUICE_APP_KEY",
      "SLUICE_ADMIN_TOKEN",
      "SLUICE_CONSUMER_KEY",
    ]) {
      expect(given[name]).toMatch(new RegExp(`^\\$\\{${name}:\\?.+\\}$`, "v"));
    }
  });
});

describe("the instances", () => {
  it("have the same definition", () => {
    expect(service("sluice-2")).toEqual(service("sluice-1"));
    expect(service("sluice-1").build?.target).toBe("sluice");
  });

  it("are asked for their readiness on the admin port", () => {
    const command = service("sluice-1").healthcheck?.test;
    expect(command?.slice(0, 3)).toEqual(["CMD", "node", "-e"]);
    expect(command?.[3]).toContain("fetch('http://127.0.0.1:8081/readyz')");
  });

  it("have longer to stop than the drain takes", () => {
    expect(Number.parseInt(service("sluice-1").stop_grace_period ?? "", 10)).toBeGreaterThan(11);
  });

  it("are given every variable that team.yaml needs", () => {
    const needed = [...repositoryFile("config/team.yaml").matchAll(/^[^#\n]*\$\{(\w+)/gmv)];
    const given = Object.keys(service("sluice-1").environment ?? {});
    expect(new Set(given)).toEqual(new Set(needed.map(([, name]) => name)));
  });
});

describe("redis", () => {
  it("writes its record to disk and evicts nothing", () => {
    const { command, volumes } = service("redis");
    expect(option(command, "--appendonly")).toBe("yes");
    expect(option(command, "--appendfsync")).toBe("everysec");
    expect(option(command, "--maxmemory-policy")).toBe("noeviction");
    expect(volumes).toEqual(["redis-data:/data"]);
  });

  it("is reached by the instances alone", () => {
    const { networks = [] } = service("redis");
    expect(networks).toEqual(["state"]);
    expect(compose.networks["state"]?.internal).toBe(true);
    const neighbours = services.filter(([, one]) => one.networks?.includes("state"));
    expect(neighbours.map(([name]) => name)).toEqual(["sluice-1", "sluice-2", "redis"]);
  });
});

describe("the demo", () => {
  it("has the simulator, which is not there without the profile", () => {
    const withProfile = services.filter(([, { profiles }]) => profiles !== undefined);
    expect(withProfile.map(([name, { profiles }]) => [name, profiles])).toEqual([
      ["simulator", ["demo"]],
    ]);
  });

  it("runs by .env.example, whose address and key are the simulator's", () => {
    const { command } = service("simulator");
    expect(environment.get("SLUICE_UPSTREAM_URL")).toBe(
      `http://simulator:${option(command, "--port")}/api`,
    );
    expect(environment.get("SLUICE_APP_KEY")).toBe(option(command, "--key"));
  });
});

describe(".env.example", () => {
  it("names every variable of docker-compose.yml, and no other", () => {
    const named = [...text.matchAll(/\$\{(\w+)/gv)].map(([, name]) => name);
    expect(new Set(environment.keys())).toEqual(new Set(named));
  });
});
