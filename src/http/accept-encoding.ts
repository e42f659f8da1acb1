/** The content codings that an answer can be sent in (RFC 9110 section 8.4.1, RFC 8878). */
export type Coding = "gzip" | "br" | "zstd" | "identity";

/** Best first: what counts where a client likes several equally. */
const PREFERENCE = ["zstd", "br", "gzip", "identity"] as const;

/** Where neither its name nor `*` is listed, identity is acceptable still, but what was named is wanted more. */
const UNLISTED_IDENTITY = 0.0001;

const MEMBER = /^([!#$%&'*+\-.^_`|~0-9a-z]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/**
 * The coding to answer in (RFC 9110 section 12.5.3): of those the client accepts the one it likes best. Without
 * the field, or where it refuses everything, identity: "the origin server SHOULD send a response without any
 * content coding". A member that is malformed says nothing, and of several for one coding the first counts.
 */
export function chooseCoding(acceptEncoding: string | undefined): Coding {
  if (acceptEncoding === undefined) return "identity";
  const weights = weightsOf(acceptEncoding);
  let best: Coding = "identity";
  let most = 0;
  for (const coding of PREFERENCE) {
    const unlisted = coding === "identity" ? UNLISTED_IDENTITY : 0;
    const weight = weights.get(coding) ?? weights.get("*") ?? unlisted;
    if (weight > most) [best, most] = [coding, weight];
  }
  return best;
}

function weightsOf(list: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const member of list.toLowerCase().split(",")) {
    const [, name = "", weight = "1"] = MEMBER.exec(member.trim()) ?? [];
    // "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"" (section 8.4.1.3).
    const coding = name === "x-gzip" ? "gzip" : name;
    if (coding !== "" && !weights.has(coding)) weights.set(coding, Number(weight));
  }
  return weights;
}
