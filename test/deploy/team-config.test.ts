import { describe, expect, it } from "vitest";
import { loadSettings } from "../../src/config/load.ts";
import { repositoryPath } from "./repository-file.ts";

const environment = {
  SLUICE_UPSTREAM_URL: "http://simulator:9000/api",
  SLUICE_APP_KEY: "demo-app-key",
  SLUICE_ADMIN_TOKEN: "demo-admin-token-0123456789abcdef",
  SLUICE_CONSUMER_KEY: "demo-consumer-key-0123456789abcdef",
  SLUICE_PUBLIC_URL: "",
  REDIS_URL: "redis://redis:6379",
};

function load(changes: Readonly<Record<string, string>> = {}) {
  const file = repositoryPath("config/team.yaml");
  return loadSettings({ file, environment: { ...environment, ...changes } });
}

describe("config/team.yaml", () => {
  it("is what the containers expect: ports, a shared store, a consumer", () => {
    const settings = load();
    expect(settings.listen).toMatchObject({ host: "0.0.0.0", port: 8080 });
    expect(settings.admin).toMatchObject({ host: "0.0.0.0", port: 8081 });
    expect(settings.admin.token).toBe(environment.SLUICE_ADMIN_TOKEN);
    expect(settings.store.redis).toBe(environment.REDIS_URL);
    expect(settings.open).toBe(false);
    expect(settings.consumers).toMatchObject([
      { name: "first-service", key: environment.SLUICE_CONSUMER_KEY },
    ]);
  });

  it("forwards to the API under its published limit, with its key", () => {
    const [upstream, ...others] = load().upstreams;
    expect(others).toEqual([]);
    expect(upstream).toMatchObject({
      mount: "/api",
      keys: [{ in: "query", name: "apikey", value: "demo-app-key" }],
      quotas: [{ limit: 200, windowMs: 60_000 }],
    });
    expect(upstream?.url.href).toBe(environment.SLUICE_UPSTREAM_URL);
  });

  it("drains in less time than docker-compose.yml leaves it", () => {
    expect(load().drainMs).toBeLessThanOrEqual(10_000);
  });

  it("takes the public address, when there is one", () => {
    expect(load().listen.publicUrl).toBeUndefined();
    const { publicUrl } = load({ SLUICE_PUBLIC_URL: "https://sluice.example.com" }).listen;
    expect(publicUrl?.origin).toBe("https://sluice.example.com");
  });
});
