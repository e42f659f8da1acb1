import { fieldLines, type RawFields } from "../http/fields.ts";

/** Names are labels of logs and shares of the quota, so there may not be any number of them. */
const MOST_NAMES = 100;

/**
 * Names the callers of an open gateway: by `Sluice-Consumer`, else the product in User-Agent, else the
 * address. After a hundred different names every further one is `other`.
 */
export class CallerNames {
  readonly #known = new Set<string>();

  nameOf(fields: RawFields, address: string): string {
    const name =
      label(fieldLines(fields, "sluice-consumer")[0]) ??
      label(fieldLines(fields, "user-agent")[0]?.split(/[/\s]/, 1)[0]) ??
      label(address) ??
      "unknown";
    return this.bounded(name);
  }

  /** The name, as long as it is one of the first hundred. */
  bounded(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= MOST_NAMES) return "other";
    this.#known.add(name);
    return name;
  }
}

function label(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.:-]{1,64}$/.test(text) ? text : undefined;
}
