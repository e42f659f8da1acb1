import { originFields, requestFields, type FieldUse } from "./fields-read.ts";
import { code, type Page, type Table } from "./page.ts";

/** Fields that Sluice writes into answers. */
export const writtenFields: readonly FieldUse[] = [
  {
    name: "Cache-Status",
    meaning:
      "What became of the request: `sluice;hit;ttl=18`, or `sluice;fwd=uri-miss;stored`, with `collapsed` and a `detail` such as `override`, `paused`, `store-away`.",
    standard: "RFC 9211",
    source: "respond/own-fields.ts",
  },
  {
    name: "Age",
    meaning: "On a stored answer: seconds since the API made it.",
    standard: "RFC 9111 section 5.1",
    source: "respond/answer.ts",
  },
  {
    name: "ETag",
    meaning:
      "A stored answer that the API gave no tag gets one, a digest of its body; each coding has a tag of its own.",
    standard: "RFC 9110 section 8.8.3",
    source: "respond/negotiated.ts",
  },
  {
    name: "RateLimit-Policy",
    meaning:
      "Each quota: `q` units in `w` seconds; then the consumer's own share, `NAME-share`, with its name as `pk`.",
    standard: "draft-ietf-httpapi-ratelimit-headers-11",
    source: "respond/own-fields.ts",
  },
  {
    name: "RateLimit",
    meaning:
      "What is left of each: `r` units, and `t` seconds until more comes. Replaces the API's own of this name.",
    standard: "draft-ietf-httpapi-ratelimit-headers-11",
    source: "respond/own-fields.ts",
  },
  {
    name: "Retry-After",
    meaning:
      "On 429 and 503 of Sluice: seconds, rounded up, after which the request would be let in.",
    standard: "RFC 9110 section 10.2.3",
    source: "respond/answer.ts",
  },
  {
    name: "Server-Timing",
    meaning: "`queue` and `upstream`, in milliseconds.",
    standard: "W3C Server Timing",
    source: "respond/own-fields.ts",
  },
  {
    name: "Via",
    meaning: "`1.1 sluice`.",
    standard: "RFC 9110 section 7.6.3",
    source: "respond/own-fields.ts",
  },
  {
    name: "X-Request-Id",
    meaning: "The exchange's id, as in the log.",
    standard: "custom",
    source: "respond/own-fields.ts",
  },
  {
    name: "WWW-Authenticate",
    meaning: "On Sluice's 401. The API's own is about Sluice's key and does not pass.",
    standard: "RFC 9110 section 11.6.1",
    source: "respond/answer.ts",
  },
  {
    name: "Vary",
    meaning: "`Accept-Encoding` is added where the answer could have been coded otherwise.",
    standard: "RFC 9110 section 12.5.5",
    source: "respond/negotiated.ts",
  },
  {
    name: "Location",
    meaning:
      "The API's address in it is replaced by this gateway's, in Link and Content-Location as well.",
    standard: "RFC 9110 section 10.2.2",
    source: "respond/rewrite-links.ts",
  },
];

/** The reference of fields. */
export function fieldsPage(): Page {
  return {
    file: "fields.md",
    title: "Fields",
    intro:
      "Fields that Sluice reads and writes. Everything else of an answer passes as the API sent it, but for the connection's fields, its cookies and its key. Of a request the fields that pass are listed in `src/forward/outbound.ts`; `passFields` and `varyFields` add others.",
    tables: [
      table("Read in requests", requestFields),
      table("Read in the API's answers", originFields),
      table("Written into answers", writtenFields),
    ],
  };
}

function table(title: string, uses: readonly FieldUse[]): Table {
  return {
    title,
    columns: ["Field", "Means", "Defined in"],
    rows: uses.map(({ name, meaning, standard }) => [code(name), meaning, standard]),
  };
}
