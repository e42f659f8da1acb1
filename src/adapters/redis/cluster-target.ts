import { addressOf, credentials, type Address, type Credentials } from "./url-parts.ts";

const REDIS_PORT = 6379;
const CLUSTER_URL =
  /^cluster(?<tls>\+tls)?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)\/?$/;

/** A Redis Cluster, as far as a URL tells of it. */
export interface ClusterTarget extends Credentials {
  /** Nodes that are asked for the others; one that answers is enough. */
  readonly nodes: readonly Address[];
  readonly secure: boolean;
}

/** True where a URL is meant to name a Cluster. */
export function namesCluster(url: string): boolean {
  return /^cluster(?:\+tls)?:/.test(url);
}

/**
 * Reads `cluster://` or `cluster+tls://` (TLS) `[user:password@]host[:port],...`, where user and password are those of
 * all nodes. A Cluster has no numbered databases.
 * @throws TypeError for any other URL, with a message that does not hold it; URIError where a part is badly encoded.
 */
export function clusterTarget(url: string): ClusterTarget {
  const parts = CLUSTER_URL.exec(url)?.groups;
  if (!parts) throw new TypeError("not the URL of a Cluster");
  return {
    nodes: (parts["hosts"] ?? "").split(",").map((text) => addressOf(text, REDIS_PORT)),
    secure: parts["tls"] !== undefined,
    ...credentials(parts["user"] ?? "", parts["password"] ?? ""),
  };
}
