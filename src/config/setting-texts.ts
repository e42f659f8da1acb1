import { upstreamTexts } from "./upstream-texts.ts";

/*
 * What editors show beside a setting and what docs/reference/settings.md says of it: what it is for, why the default is
 * what it is, and what happens at the bound. A setting without a text here has the description of its schema.
 */

/** The text of each setting, by its path: `NAME` stands for a name of one's own, `[]` for an entry of a list. */
export const settingTexts: Readonly<Record<string, string>> = {
  listen: "The port that services talk to.",
  "listen.host":
    "The address to listen on. Loopback by default, since whoever reaches an open gateway may spend the quota: any other address needs consumers, or `open: true`, and is refused at the start otherwise.",
  "listen.port":
    "The port of the base URL that services are given. 0 takes a free one, which the log names.",
  "listen.publicUrl":
    "This gateway as clients see it, such as https://sluice.example.com: `Location` and `Link` of the API are rewritten to it. Without it they get http:// and the Host that the client sent, which is wrong behind a TLS proxy. Scheme, host and port alone: a path is refused.",
  admin: "The port for probes, metrics and orders. Never reachable through the port above.",
  "admin.host":
    "The address of the admin port. Loopback by default; any other address needs `admin.token`, and is refused at the start without.",
  "admin.port":
    "The port of `/livez`, `/readyz`, `/status` and the orders. 0 takes a free one, which the log names.",
  "admin.token":
    "The secret that orders bring as `Authorization: Bearer`. Empty by default, which only loopback allows. Probes need none. Make a long random one: `openssl rand -hex 32`.",
  workers:
    "Processes of this machine that serve, on one port and one store; `auto`: one a core. 1 by default, which a few thousand answers a second need no more than. `store.nearBytes` and `limits.connections` hold for each of them. A number of workers that changes needs a restart.",
  open: "`true`: whoever reaches the port may use it without being a consumer, on any address. `false` by default, so that a mistake in `listen.host` opens nothing.",
  drain:
    "How long a stopping instance (SIGTERM) goes on: what waits may finish, nothing new is taken. What then still waits is answered 503, and what was sent and is not answered is cut off with 502. As long as your slowest call, and shorter than the patience of what stops it (a container's grace period).",
  store: "Where the quota's record, stored responses and consumers are kept.",
  "store.redis":
    "Redis 7 or newer, for several machines: redis://, rediss:// for TLS, sentinel://, cluster:// or cluster+tls://, with user and password if need be. Its maxmemory-policy must be noeviction, or the start is refused: a record that was evicted would be a broken limit that nobody notices. Empty by default: the embedded store.",
  "store.file":
    "The embedded store: an SQLite file for the quota and the consumers, and beside it one for stored responses and one for accounts. Processes of one machine may share it, and a restart keeps it. Not for network file systems.",
  "store.prefix":
    "First part of every key in Redis. Gateways with the same prefix and the same upstream names share their quota: give each team, or each API key, its own.",
  "store.maxBytes":
    "All stored responses together, in either store. Beyond it the least recently used go, to within a minute.",
  "store.nearBytes":
    "What each process holds of them in its memory, so that a hot answer needs no trip to the store; never staler than the store. Beyond it the least recently used are read from the store again. `0B` switches it off.",
  "store.onLoss":
    "What becomes of forwards when Redis is lost. With either setting they wait and are refused with 503 at their deadline until it is back, so that the limit holds; stored answers are served meanwhile.",
  limits: "Bounds on what a client may send, so that no client can exhaust an instance.",
  "limits.fieldBytes":
    "The request line and all fields together. Beyond it the request is refused with 431. 16 kB is what most servers take.",
  "limits.bodyBytes":
    "A request body. Beyond it the request is refused with 413, without reading the rest. Raise it for uploads.",
  "limits.replayBytes":
    "A body up to this size is read before its turn and kept in memory, so that it can go again after a 429. A larger one waits at its client and is sent once: its 429 is passed on. A form that takes the API's key must fit, or it is refused with 413.",
  "limits.head":
    "How long the head of a request may take to arrive, against clients that hold connections by sending slowly. Beyond it 400 and the connection is closed.",
  "limits.connections": "Connections of clients at once. Further ones are closed at once.",
  "limits.wrongKeys":
    "Requests with a wrong key that one address (of IPv6, one /64) may send in a minute. Beyond it they are refused with 429 instead of 401 until the minute is over. Requests with a valid key are neither counted nor refused, so that behind a balancer, where all share its address, nobody is locked out; unless more than two wrong keys come before it. Wrong tokens at the admin port are counted apart, by the same bound.",
  log: "What is written to standard output.",
  "log.level":
    "The least important level that is written. `info` has one line for each exchange; `warn` leaves refusals and failures; `silent` nothing.",
  "log.pretty":
    "`auto`: for people where standard output is a terminal, else one JSON object a line for machines.",
  upstreams:
    "The APIs behind this gateway, by name. The name is the quota's in RateLimit fields, in the log and in the store.",
  consumers:
    "Services with keys of their own, by name: each has its own share, bound and list of what it may ask. Without any the gateway is open. Further ones are made while it runs: docs/consumers.md.",
  "consumers.NAME.key":
    "What the service sends where the API's key would go, or as `Authorization: Bearer`. Never the API's own key, which is refused at the start; 8 characters at least, so that nobody guesses it.",
  "consumers.NAME.weight":
    "Its share of the quota, relative to the weights of the others that have work waiting. 1 by default: equal shares. Alone, it may use the whole.",
  "consumers.NAME.priority":
    "The urgency of its requests among its own (RFC 9218), 0 first. 3 by default, the middle; `Priority: u=N` of a request overrides it. It changes no share.",
  "consumers.NAME.allow":
    "What it may ask for, as methods and paths below the mount. Empty by default: everything. The rest is refused with 403.",
  "consumers.NAME.maxWait":
    "Bounds how long its requests wait for the quota, below `queue.maxWait`. A request that cannot leave in time is refused at once with 429 and Retry-After.",
  "consumers.NAME.cap":
    "What it may take at most of each upstream, even where nobody else asks. Absent by default: a share is no ceiling. Beyond it its requests wait, and others do not.",
  "consumers.NAME.cap.limit": "Units in any rolling window of its own.",
  "consumers.NAME.cap.window": "The time that this limit counts over.",
  "consumers.NAME.mayForce":
    "`true`: its Cache-Control `no-cache`, `max-age` and `min-fresh` are obeyed, so that it can have the API asked although an answer is stored. `false` by default, since each costs a unit of everybody's quota.",
  acceptAppKeyAs:
    "While services move over: who still sends the API's own key is taken for this consumer, instead of being refused with 401. Take it out when they have moved.",
  ...Object.fromEntries(
    Object.entries(upstreamTexts).map(([path, text]) => [`upstreams.NAME.${path}`, text]),
  ),
};
