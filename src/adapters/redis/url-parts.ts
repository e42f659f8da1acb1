/** Where a server is. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Who says that it may. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

const HOST_AND_PORT = /^(?<host>\[[^\]]+\]|[^:]+)(?::(?<port>\d+))?$/;

/** Reads `host`, `host:port` or `[address]:port`. @throws TypeError for anything else, without repeating it. */
export function addressOf(text: string, defaultPort: number): Address {
  const parts = HOST_AND_PORT.exec(text.trim())?.groups;
  if (!parts) throw new TypeError("not an address");
  return {
    host: withoutBrackets(parts["host"] ?? ""),
    port: Number(parts["port"] ?? defaultPort),
  };
}

/** Decodes the percent-encoded parts of a URL; `""`: none. @throws URIError where they are no such text. */
export function credentials(user: string, password: string): Credentials {
  return {
    ...(user === "" ? {} : { username: decodeURIComponent(user) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
  };
}

/** An IPv6 address as sockets take it. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
