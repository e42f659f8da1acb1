import { Hono, type Context } from "hono";
import { expect, it } from "vitest";
import type { AdminContext } from "../../src/operate/answers.ts";
import { countWrongTokens } from "../../src/operate/wrong-tokens.ts";

it("countWrongTokens() refuses an address that sent too many in a minute, and no other", async () => {
  const clock = { now: 0 };
  const wrong = countWrongTokens({ most: () => 2, now: () => clock.now });
  const app = new Hono<AdminContext extends Context<infer Env> ? Env : never>().get(
    "/",
    (context) => wrong(context) ?? context.text("wrong", 401),
  );
  const ask = (remoteAddress: string) =>
    app.request("/", {}, { incoming: { socket: { remoteAddress } } });
  const statuses = [];
  for (let nth = 0; nth < 3; nth += 1) statuses.push((await ask("10.0.0.1")).status);
  expect(statuses).toEqual([401, 401, 429]);
  clock.now = 20_500;
  expect((await ask("10.0.0.1")).headers.get("retry-after")).toBe("40");
  expect((await ask("10.0.0.2")).status).toBe(401);
  clock.now = 60_000;
  expect((await ask("10.0.0.1")).status).toBe(401);
});
