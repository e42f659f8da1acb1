import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";

/** What the admin port is built with. */
export interface AdminParts {
  /** Empty: no token is asked for; the configuration allows that on loopback only. */
  readonly token: string;
  /** What keeps this instance from taking requests, in words; empty: ready. */
  readonly missing: () => readonly string[];
  /** What this instance does at present; never holds a secret. */
  readonly status: () => Readonly<Record<string, unknown>>;
}

/** The admin port: probes for whoever asks, the rest for whoever has the token. */
export function createAdmin({ token, missing, status }: AdminParts): Hono {
  const admin = new Hono();
  admin.get("/livez", (context) => context.json({ live: true }));
  admin.get("/readyz", (context) => {
    const lacking = missing();
    return context.json(
      { ready: lacking.length === 0, missing: lacking },
      lacking.length === 0 ? 200 : 503,
    );
  });
  admin.use("/status", async (context, next) => {
    if (token === "" || sameSecret(context.req.header("authorization") ?? "", `Bearer ${token}`)) {
      await next();
      return undefined;
    }
    context.header("WWW-Authenticate", "Bearer");
    return context.json({ error: "Send the admin token as Authorization: Bearer." }, 401);
  });
  admin.get("/status", (context) => context.json(status()));
  return admin;
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
