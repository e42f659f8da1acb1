import { describe, expect, it } from "vitest";
import { startWorld, TICKET_ROUTES, type World } from "../support/gateway.ts";
import { textOf } from "../support/origin.ts";
import { settings, upstream } from "../support/settings.ts";
import { startTlsOrigin, type Manner, type TlsOrigin } from "../support/tls-origin.ts";

/*
 * An upstream whose name nobody has, or that does not prove to be the one that is meant: nothing is sent, no unit is
 * spent, and nothing is tried again, since it would bring the same.
 */

const TIMEOUTS = upstream().timeouts;
const RETRIED = { maxRetries: 3, retryBudget: 0.9 };

interface SecureWorld extends AsyncDisposable {
  readonly world: World;
  readonly origin: TlsOrigin;
  /** What arrived: method and path. */
  readonly arrived: readonly string[];
}

async function secureWorld(): Promise<SecureWorld> {
  const arrived: string[] = [];
  const origin = await startTlsOrigin(async (request, response) => {
    await textOf(request);
    arrived.push(`${request.method} ${request.url?.split("?", 1)[0]}`);
    response.setHeader("Content-Type", "application/json").end('{"ok":true}');
  });
  const url = new URL(origin.url);
  const world = await startWorld({
    upstream: { url, ca: origin.ca, routes: TICKET_ROUTES, timeouts: TIMEOUTS, ...RETRIED },
  });
  return {
    world,
    origin,
    arrived,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

/** Of a write, or of a GET on a route whose GETs are tried again. */
async function ask(world: World, method: "GET" | "PUT", path: string) {
  const body = method === "PUT" ? { body: '{"subject":"x"}' } : {};
  const answer = await fetch(`${world.base}${path}`, { method, ...body });
  return { status: answer.status, type: "", detail: "", ...((await answer.json()) as object) };
}

function usedOf({ gateway }: World): unknown {
  return gateway.status().upstreams["clientexec"];
}

describe("an upstream behind TLS", () => {
  it.each<Manner>(["expired", "of-somebody-else", "self-signed", "no-tls"])(
    "is sent nothing while what it shows is %s, at the cost of nothing, and everything afterwards",
    async (manner) => {
      await using secure = await secureWorld();
      const { world, origin, arrived } = secure;
      expect(await ask(world, "PUT", "/ticket/1")).toMatchObject({ status: 200, ok: true });
      origin.become(manner);
      const before = origin.connections();
      for (const method of ["PUT", "GET"] as const) {
        const refused = await ask(world, method, "/ticket/2");
        expect(refused).toMatchObject({
          status: 502,
          type: "urn:sluice:problem:upstream-unreachable",
        });
        expect(refused.detail).toContain("the request was not sent. Only the operator");
      }
      expect(origin.connections() - before).toBe(2);
      expect(arrived).toEqual(["PUT /ticket/1"]);
      expect(usedOf(world)).toMatchObject({ waiting: 0, underWay: 0 });
      origin.become("good");
      expect(await ask(world, "PUT", "/ticket/3")).toMatchObject({ status: 200, ok: true });
      expect(arrived).toEqual(["PUT /ticket/1", "PUT /ticket/3"]);
    },
  );

  it("that cuts connections may be back at once, so that this is tried again within the bounds", async () => {
    await using secure = await secureWorld();
    const { world, origin } = secure;
    origin.become("cut");
    const refused = await ask(world, "PUT", "/ticket/1");
    expect(refused).toMatchObject({ status: 502, type: "urn:sluice:problem:upstream-unreachable" });
    expect(origin.connections()).toBe(1 + RETRIED.maxRetries);
    expect(secure.arrived).toEqual([]);
  });
});

describe("an upstream whose name nobody has", () => {
  it("is a 502 that says so, and no unit is spent on it", async () => {
    const { limits } = settings();
    const url = new URL("http://nowhere.invalid/api");
    const quotas = [{ name: "clientexec", limit: 1, windowMs: 60_000, padMs: 1000 }];
    await using world = await startWorld({
      upstream: { url, quotas, ...RETRIED },
      settings: { limits },
    });
    // With one unit a minute the second would wait, had the first spent it.
    for (const path of ["/ticket/1", "/ticket/2", "/ticket/3"]) {
      const refused = await ask(world, "PUT", path);
      expect(refused).toMatchObject({
        status: 502,
        type: "urn:sluice:problem:upstream-unreachable",
      });
      expect(refused.detail).toContain("name is not known");
    }
  });
});
