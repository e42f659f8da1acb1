/** The text of each setting of an upstream, by its path below it. */
export const upstreamTexts: Readonly<Record<string, string>> = {
  preset:
    "A file of config/presets/, without its ending: where the key goes, what may be stored, what writes make stale. What is said here comes before the preset's values, and the routes here before its routes. Without one, the API is generic: its own fields decide.",
  mount:
    "What clients' base URLs end in, such as /api; empty for the root. One upstream's mount may lie within another's: the longest that fits is taken.",
  url: "The API's base URL, what clients' base URLs are without Sluice. What follows the mount is put behind its path.",
  keys: "The API's credentials. Each goes into its place in every request, and whatever a client sends in these places never reaches the API.",
  "keys[].in":
    "Where the key goes: `query`, `header`, `form` (a body that is application/x-www-form-urlencoded) or `basic`. The preset knows.",
  "keys[].name":
    "The parameter's, field's or form field's name, such as apikey. The preset knows. Not for basic.",
  "keys[].username": "For basic: the user, where the key is the password.",
  "keys[].password":
    "For basic, instead of username: the filler beside a key that is itself the user, such as X.",
  "keys[].value":
    "The key itself, usually from the environment: `${SLUICE_APP_KEY}`. It is masked wherever it would be shown, if it has six characters.",
  "keys[].valueFile":
    "A file that holds the key, relative to the configuration file or absolute, for secrets that are mounted. Read at the start; a line's end after the key is not part of it.",
  quotas:
    "What the API allows, one to four quotas, which all hold. Each counts over a window of its own. One alone is named like the upstream, several by their windows as well: NAME-1m, NAME-1h.",
  "quotas[].limit":
    "Units in any rolling window, over all instances. What does not fit waits, and is refused with 429 where it would wait too long. Take what the API's documents promise, or less where others use the same key.",
  "quotas[].window":
    "The time that the limit counts over. It is rolling: no burst at the turn of a minute. An API that counts by fixed minutes is kept within as well. What was sent is counted under it, so another limit or another place in the list forgets nothing.",
  "quotas[].pad":
    "Added to the window, against jitter: delivery times from here to the API may differ by it before a window of the API could hold more than the limit. 1 s suits the internet and costs 1/61 of a limit a minute; must be shorter than the window.",
  concurrency:
    "Requests under way at the API at once, over all instances. What exceeds it waits like for the quota. 20 keeps a slow API from being flooded by what a window allows.",
  queue: "How long and how many may wait for the quota.",
  "queue.maxWait":
    "The longest that a request waits. What cannot leave in time is refused at once with 429, its place, the predicted wait and Retry-After. 30 s is what most HTTP clients endure; a consumer or `Prefer: wait=N` may bound it further.",
  "queue.maxLength":
    "Requests that wait at once, over all instances, so that memory is bounded. Beyond it 429 at once.",
  timeouts: "How long the API may take.",
  "timeouts.connect":
    "To take the connection, TLS included. Then 502, and nothing was sent; another attempt may follow (`maxRetries`).",
  "timeouts.headers":
    "From the request to the head of the answer. Then 504: the API may have acted, so only safe GETs are sent again.",
  "timeouts.body":
    "From the head to the end of the body, and for each piece of a request body. Then the answer breaks off, or 408.",
  pause:
    "What a 429 of the API does to everybody. Then one request probes, and the pace begins anew.",
  "pause.max":
    "No pause is longer, whatever Retry-After says, so that a mistaken or hostile one does not stop a team for a day.",
  "pause.margin": "Added to Retry-After, since clocks and delivery differ.",
  "pause.first":
    "The pause where a 429 has no Retry-After. It doubles with each further one up to `pause.max`, and begins anew after a success.",
  circuit:
    "When the API is let alone because it fails: forwards are then refused at once with 503 and Retry-After, stale answers serve where routes allow it, and one request tries after a while. For each instance by itself. One slow route does not open it while another, with at least five answers, is well.",
  "circuit.failures":
    "Part of the outcomes in the window that must be failures: no connection, a time-out, a connection that breaks off before the answer, or one of `statuses`. Neither a 429 nor another 4xx nor a 500 is one: they are answers.",
  "circuit.least": "Outcomes that there must be in the window, since a few mean nothing.",
  "circuit.window": "The rolling time that is looked at, for each instance.",
  "circuit.open":
    "How long nothing is sent. Then one request tries, with a unit of the quota like any other: if it is answered all go on, if it fails the time begins anew. `0s`: the circuit never opens.",
  "circuit.statuses":
    "Answers that count as failures. Add 500 where the API says it of itself and not of single requests.",
  unlistedGets:
    "GETs on no route with a cache. `origin` (the default without a preset): the API's own fields decide, as HTTP has it. `forward`: never stored, joined or sent again, for APIs where some GETs change something.",
  mediaTypes:
    "What may be stored, such as application/json; empty: anything. An API that answers a wrong address with a page in HTML then leaves none in the cache.",
  errorEnvelope:
    'Top-level members of a JSON answer that make a 200 an error. Such answers are passed on as they are and never stored. PHP\'s spellings of truth count: true, "true", 1, "1".',
  "errorEnvelope[].member": "The member's name, in any case.",
  "errorEnvelope[].is": "The truth value that marks an error: `error` true, `success` false.",
  heuristics:
    "`true`: where nothing gives a lifetime, a tenth of the time since Last-Modified (RFC 9111 section 4.2.2). `false` by default: a guess is not a promise.",
  maxStored:
    "The largest response that is stored. Larger ones are passed on. 1 MB, so that a few exports do not displace everything.",
  staleWhileRevalidate:
    "How long past its lifetime an answer serves at once while it is fetched anew in the background. 0s by default without words of the API (RFC 5861): staleness is yours to allow.",
  staleIfError:
    "How long past its lifetime an answer serves while the API fails, is slow, or has asked for a pause. 0s by default without words of the API (RFC 5861).",
  cookies:
    "`drop`: the API's cookies reach nobody, since its session is Sluice's, and what sets one is not stored. `store`: a cookie is a field like any other; for APIs without sessions.",
  passFields:
    "Request fields to pass on beside the usual ones (Accept, Accept-Language, Content-*). Each value has stored responses of its own. Fields of the connection and credentials are refused.",
  varyFields:
    "Request fields to pass on whose meaning the API's Vary tells; `*` is all but the connection's. Only for APIs whose Vary is right: one that forgets a field answers one client with what is another's.",
  coding:
    "`own`: the API is asked for gzip, and each client answered in what it takes. `pass`: codings pass as they are; refused where a key would have to be masked in them.",
  liberal:
    "`true`: as far as RFC 9111 allows, instead of the house's caution. For cache tests, not for a metered API: a failed write invalidates nothing, errors and parts are stored.",
  maxRetries:
    "How often a request is sent again after a failure, where that is safe: nothing was sent, or a GET on a safe route. A 429 is no failure and does not count.",
  retryBudget:
    "Retries for each forward in a minute, for each instance: an API that fails is not sent twice as much. Three in a minute are always allowed. Before each the request waits 0.1 s, and twice as long each further time, less up to half by chance, and never beyond its deadline.",
  learn:
    "Limits that the API changes, or does not document, are learned from its refusals and its fields, for all instances: docs/learned-limits.md.",
  "learn.enabled":
    "false: the configured limits hold, whatever the API says, and a 429 pauses everything that goes to it.",
  "learn.floor":
    "No limit is taken to be lower, whatever is refused: units, or a part of the configured one. 10% keeps a broken API from stopping the team for good.",
  "learn.ceiling":
    "No limit is taken to be higher: units, or a part of the configured one, which is the least that it can be. Above 100% the API is tried for more than its documents promise.",
  "learn.forget":
    "An endpoint that was not refused for so long is taken to have no limit of its own any more.",
  keyRefusedStatuses:
    "Statuses which mean that the API refused the key above. The client gets 502, the log tells the operator. 401 by default; 403 is not among them, since APIs use it for single resources.",
  honoursIdempotencyKey:
    "`true`: the API recognises a repeated request by its Idempotency-Key, so one that brings it may be sent again after a failure. `false` by default: what may have been processed is not sent twice.",
  caFile:
    "Certificate authorities (PEM) to trust beside the usual ones, relative to the configuration file, for an API with a certificate of one's own.",
  proxy: "An HTTP proxy between Sluice and the API.",
  reserve:
    "A part of each quota that only urgent requests may take, so that they find room when all the rest is spent. Absent by default: nothing is kept. The others, a lone consumer included, have what is left.",
  "reserve.share": "Which part of each quota: 0.1 or 10%, 0.9 at most.",
  "reserve.urgency":
    "Who may take it: requests of this urgency (RFC 9218) or a lesser number, by `Priority: u=N` or the consumer's priority.",
  shadow:
    "Other quotas and weights, tried beside the real ones and never had: `GET /shadow` tells who would have waited how long (docs/shadow.md). Absent by default, since each request then asks the store twice.",
  "shadow.quotas": "The quotas that are tried. Absent: the real ones.",
  "shadow.quotas[].limit": "Units in any rolling window of the trial.",
  "shadow.quotas[].window": "The time that the tried limit counts over.",
  "shadow.quotas[].pad": "Added to the tried window, as to a real one.",
  "shadow.weights": "The weights that are tried, by consumer.",
  "shadow.weights.NAME": "The tried weight of this consumer. Who is not named keeps the real one.",
  routes: "What is known of single addresses, before the preset's. The first that matches decides.",
  "routes[].match":
    "Methods and path below the mount: `GET /ticket/:id`. `:name` and `*` are one segment, a closing `**` any rest; GET covers HEAD; methods are joined by |, `*` or none is any. Parameters that tell calls apart: `GET /api.php?call=getClients`.",
  "routes[].groups":
    "Names under which what is stored here can be made stale, by writes and by purges.",
  "routes[].invalidates":
    "Groups that a request here makes stale, beside its own URL. Once its answer is out, nothing stored before is served.",
  "routes[].cache":
    "Its presence makes a route stored, shared and validated. Absent: `unlistedGets` decides. docs/route-policies.md says who has the last word.",
  "routes[].cache.lifetime":
    "How long an answer is fresh where the API gives no lifetime, and with `override` always. Without it the API decides. How stale may this be for your users? That is the number.",
  "routes[].cache.negativeLifetime":
    "The same for 404 and 410, which lifetime never covers; without it they are stored as the API says.",
  "routes[].cache.override":
    "`true`: store although the API's fields forbid it (no-store, private, cookies), as PHP's sessions do for every answer. Needs a lifetime. What clients are told stays as strict as the API said.",
  "routes[].cache.heuristics": "As for the upstream, for this route.",
  "routes[].cache.cookies":
    "Whether an answer that sets a cookie is stored here. Whether the cookie passes is the upstream's setting.",
  "routes[].cache.staleWhileRevalidate": "As for the upstream, for this route.",
  "routes[].cache.staleIfError": "As for the upstream, for this route.",
  "routes[].cache.softTimeout":
    "Where a stale answer may serve, the API is waited for no longer than this; its answer is stored when it comes.",
  "routes[].cache.mediaTypes": "As for the upstream, for this route.",
  "routes[].cache.errorEnvelope": "As for the upstream, for this route.",
  "routes[].cache.errorEnvelope[].member": "The member's name, in any case.",
  "routes[].cache.errorEnvelope[].is": "The truth value that marks an error.",
  "routes[].cache.maxStored": "As for the upstream, for this route.",
  "routes[].cache.chargeNotModified":
    "`false`: the API does not count its answers 304, so their units come back. `true` by default: assume that it counts.",
  "routes[].query":
    "Which parameters of a GET are sent, and with that tell stored responses apart. Absent: all of them, byte for byte.",
  "routes[].query.known":
    "Parameters that the API knows; others are dropped, so that a made-up one does not make a miss. A name covers its brackets: filter is filter[state] as well.",
  "routes[].query.ignored": "Parameters that are dropped, like those of trackers.",
  "routes[].query.sorted":
    "`true`: sent in the order of their names, for APIs to which order means nothing.",
  "routes[].quota":
    "A limit of its own below the upstream's, for endpoints that the API limits more. Both hold, and other routes go on when it is full.",
  "routes[].quota.limit": "Units in any rolling window.",
  "routes[].quota.window": "The time that this limit counts over.",
  "routes[].quota.pad": "Added to the window against jitter. Absent: the upstream's.",
  "routes[].quota.name":
    "Routes that give the same name, and the same terms, share the limit. Absent: the route has it alone.",
  "routes[].safe":
    "A GET here changes nothing and may be sent again after a failure. `true` where there is a cache, else `false`.",
  "routes[].cost":
    "Units of every quota that one request costs, for APIs that count some calls more than once. At most the limit.",
};
