import * as fc from "fast-check";

/*
 * What a hostile client may send: requests that are almost right, put together from parts that somebody somewhere reads in
 * two ways, and bytes that are none. Values are Latin-1, one character a byte.
 */

/** Keys that the gateway under test knows, by consumer. */
export const KNOWN_KEYS = { alice: "key-of-alice-0001", bob: "key-of-bob-0002" } as const;

const junk = fc.oneof(
  fc.string({ unit: "binary-ascii", maxLength: 20 }),
  fc.constantFrom("\r\n", "\n", "\r", "\0", "\u00FF", "\r\n\r\n", " ", "\t", ":", "%00", "%0d%0a"),
);

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.values(KNOWN_KEYS)) },
  { weight: 1, arbitrary: fc.constantFrom("wrong", "", "key-of-alice-0001x") },
);

const method = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("OPTIONS", "TRACE", "CONNECT", "PATCH", "QUERY", "get", "PRI"),
  },
  { weight: 1, arbitrary: junk },
);

const segment = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom("ticket", "user", "1", "2", "account.css") },
  {
    weight: 3,
    arbitrary: fc.constantFrom("..", ".", "%2e%2e", "%2f", "..%2f", "%5c", "", "%252e", "a;b", "%"),
  },
  { weight: 1, arbitrary: junk },
);

const path = fc
  .tuple(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant("/api") },
      { weight: 1, arbitrary: fc.constantFrom("", "//api", "/API", "http://evil/api", "/apix") },
    ),
    fc.array(segment, { maxLength: 4 }),
  )
  .map(([mount, segments]) => `${mount}/${segments.join("/")}`);

const parameter = fc.oneof(
  key.map((value) => `apikey=${value}`),
  key.map((value) => `%61pikey=${value}`),
  key.map((value) => `apikey[]=${value}`),
  fc.constantFrom(
    "a=1",
    "b=2",
    "_method=DELETE",
    "a=1;apikey=x",
    "=",
    "&",
    "a=%0d%0aX:1",
    "a=%",
    "#x",
  ),
  junk,
);

const target = fc
  .tuple(path, fc.array(parameter, { maxLength: 3 }))
  .map(([at, parameters]) => (parameters.length > 0 ? `${at}?${parameters.join("&")}` : at));

const FRAMING = [
  "Content-Length: 3",
  "Content-Length: 4",
  "Content-Length: 0",
  "Content-Length: 3, 3",
  "Content-Length: -1",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding : chunked",
  "transfer-encoding:\tchunked",
  "Expect: 100-continue",
  "Expect: x",
];

const PLAIN = [
  "Connection: close",
  "Connection: keep-alive, Authorization, X-Key",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Content-Type: application/x-www-form-urlencoded",
  "Content-Type: application/json",
  "X-HTTP-Method-Override: DELETE",
  "X-Forwarded-Host: evil.example",
  "X-Original-URL: /admin",
  "Cookie: apikey=key-of-alice-0001",
  "Sluice-Consumer: alice",
  "Proxy-Authorization: Basic a2V5OmtleQ==",
  "TE: trailers",
  "Range: bytes=0-1",
  "If-None-Match: *",
  "Cache-Control: no-cache",
  "Cache-Control: only-if-cached",
  "Prefer: wait=0",
  "X-Request-Id: a\tb",
  "Accept-Encoding: gzip, br;q=0, *;q=x",
];

const field = fc.oneof(
  { weight: 8, arbitrary: key.map((value) => `Authorization: Bearer ${value}`) },
  {
    weight: 1,
    arbitrary: key.map((value) => {
      return `Authorization: Basic ${Buffer.from(`x:${value}`).toString("base64")}`;
    }),
  },
  { weight: 4, arbitrary: fc.constantFrom(...PLAIN) },
  { weight: 1, arbitrary: fc.constantFrom(...FRAMING, "Host: other") },
  { weight: 1, arbitrary: fc.tuple(junk, junk).map(([name, value]) => `${name}: ${value}`) },
);

const lineEnd = fc.oneof(
  { weight: 30, arbitrary: fc.constant("\r\n") },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\r", "\r\n ", "") },
);

const body = fc.oneof(
  { weight: 16, arbitrary: fc.constant("") },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "abc",
      "3\r\nabc\r\n0\r\n\r\n",
      "3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n",
      "0\r\n\r\nGET /api/smuggled HTTP/1.1\r\nHost: g\r\n\r\n",
      "ffffffffffffffffff\r\nabc",
      "apikey=key-of-bob-0002&a=1",
    ),
  },
  { weight: 1, arbitrary: junk },
);

const version = fc.oneof(
  { weight: 20, arbitrary: fc.constant("HTTP/1.1") },
  { weight: 1, arbitrary: fc.constantFrom("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 ", "") },
);

function hash(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum, 31) + text.charCodeAt(at);
  return sum;
}

const request = fc
  .tuple(method, target, version, fc.array(field, { maxLength: 5 }), lineEnd, body)
  .map(([verb, to, spoken, fields, end, rest]) => {
    // Its own product, so that an answer can be told from another's.
    const mark = `User-Agent: m${Math.abs(hash(`${verb}${to}${fields.join("")}`))}`;
    const head = [`${verb} ${to} ${spoken}`, "Host: g", mark, ...fields];
    return `${head.join("\r\n")}${end}\r\n${rest}`;
  });

/** What is sent on one connection: some requests behind each other, or bytes of any kind. */
export const input: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: request },
  {
    weight: 2,
    arbitrary: fc.array(request, { minLength: 2, maxLength: 4 }).map((all) => all.join("")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 200 }) },
);
