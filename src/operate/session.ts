import { createHmac, timingSafeEqual } from "node:crypto";

/*
 * A browser's stay at the admin port, so that the page works where a token is asked for. The cookie is a sealed
 * statement, not a key to something that is kept: it holds the role and its end, under a seal that only who knows the
 * role's token can make. So a restart forgets nobody, and a new token ends every stay.
 */

/** What a request may do: look, or change things as well. */
export type Role = "full" | "read";

/** The tokens of the admin port; `""`: there is none. */
export interface Tokens {
  readonly token: string;
  readonly readToken: string;
}

/** How long a browser stays signed in, in seconds. */
export const STAY_SECONDS = 43_200;

const NAME = "sluice_admin";

/** The Set-Cookie of a stay that begins at `now` (epoch milliseconds). No script reads it, no other site sends it. */
export function openStay(role: Role, tokens: Tokens, now: number): string {
  const until = Math.floor(now / 1000) + STAY_SECONDS;
  return setCookie(`${role}.${until}.${seal(role, tokens, until)}`, STAY_SECONDS);
}

/** The Set-Cookie that ends a stay in this browser. */
export function closeStay(): string {
  return setCookie("", 0);
}

/** The role of a stay, from the request's Cookie field; `undefined` where there is none, or none that holds. */
export function readStay(
  cookies: string | undefined,
  tokens: Tokens,
  now: number,
): Role | undefined {
  const statement = statementOf(cookies ?? "");
  if (!statement) return undefined;
  const { role, until, given } = statement;
  if (until * 1000 <= now || tokenOf(role, tokens) === "") return undefined;
  const expected = Buffer.from(seal(role, tokens, until));
  return timingSafeEqual(Buffer.from(given), expected) ? role : undefined;
}

const STATEMENT = new RegExp(`(?:^|;\\s*)${NAME}=(full|read)\\.(\\d{1,12})\\.([\\w-]{43})(?:;|$)`);

function statementOf(
  cookies: string,
): { readonly role: Role; readonly until: number; readonly given: string } | undefined {
  const [, name, until, given = ""] = STATEMENT.exec(cookies) ?? [];
  if (name !== "full" && name !== "read") return undefined;
  return { role: name, until: Number(until), given };
}

function seal(role: Role, tokens: Tokens, until: number): string {
  const key = createHmac("sha256", "sluice admin stay").update(tokenOf(role, tokens)).digest();
  return createHmac("sha256", key).update(`${role}.${until}`).digest("base64url");
}

function tokenOf(role: Role, { token, readToken }: Tokens): string {
  return role === "full" ? token : readToken;
}

function setCookie(value: string, seconds: number): string {
  return `${NAME}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`;
}
