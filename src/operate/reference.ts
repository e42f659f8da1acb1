import { readTarget } from "../http/target.ts";

/** An upstream as orders name it: by its name, or by the mount of a URL. */
export interface Mounted {
  readonly name: string;
  /** `/api`; `""` for the root. */
  readonly mount: string;
  readonly routes: readonly { readonly groups: readonly string[] }[];
}

/** What an order speaks of, or in words why nothing is meant by it. */
export type Reference =
  | {
      readonly upstream: Mounted;
      /** Canonical, below the mount. */
      readonly path: string;
      /** With its `?`; `""` where there is none. */
      readonly query: string;
    }
  | { readonly refused: string };

/** Among which upstreams an order chooses, and the one that it names. */
export interface Choice {
  readonly upstreams: readonly Mounted[];
  readonly named: string | undefined;
}

/**
 * Reads a URL as clients of the gateway see it, mount included, or a path below the mount of the named (or only)
 * upstream. It is made canonical as the path of a request is, so that both mean the same.
 */
export function readReference(text: string, choice: Choice): Reference {
  const target = readTarget(text);
  if ("refused" in target) return { refused: `${quoted(text)}: ${target.refused}` };
  const chosen = readUpstream(choice);
  if (!/^https?:\/\//i.test(text)) return "refused" in chosen ? chosen : { ...target, ...chosen };
  const upstream = choice.upstreams
    .filter(({ mount }) => target.path === mount || target.path.startsWith(`${mount}/`))
    .toSorted((a, b) => b.mount.length - a.mount.length)[0];
  if (!upstream) {
    const mounts = choice.upstreams.map(({ mount }) => mount || "/").join(", ");
    return { refused: `${quoted(text)} is below no mount. The mounts are: ${mounts}.` };
  }
  if (choice.named !== undefined && choice.named !== upstream.name) {
    return { refused: `${quoted(text)} is of ${upstream.name}, not of ${quoted(choice.named)}.` };
  }
  const path = target.path.slice(upstream.mount.length) || "/";
  return { upstream, path, query: target.query };
}

/** The upstream that an order names; it need not where there is only one. */
export function readUpstream({
  upstreams,
  named,
}: Choice): { readonly upstream: Mounted } | { readonly refused: string } {
  const names = upstreams.map(({ name }) => name).join(", ");
  if (named === undefined) {
    const [only] = upstreams;
    return only && upstreams.length === 1
      ? { upstream: only }
      : { refused: `Name the "upstream", since there are several: ${names}.` };
  }
  const upstream = upstreams.find(({ name }) => name === named);
  return upstream
    ? { upstream }
    : { refused: `No upstream is ${quoted(named)}. There are: ${names}.` };
}

/** A text of the operator's as it may stand in an answer. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}
