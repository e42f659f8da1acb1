import { object, text, UPSTREAM, type Operation, type Schema } from "./operation.ts";

const TERMS: Readonly<Record<string, Schema>> = {
  weight: { type: "integer", minimum: 1, maximum: 1000, description: "Share, relative to others." },
  priority: { type: "integer", minimum: 0, maximum: 7, description: "Urgency, 0 first." },
  allow: { type: "array", items: text("A route pattern."), description: "Empty: everything." },
  maxWait: text("A duration that bounds its wait."),
  mayForce: { type: "boolean", description: "May bypass what is stored." },
};

/** What is ordered on the admin port. */
export const orderOperations: readonly Operation[] = [
  {
    method: "post",
    path: "/pause",
    group: "Order",
    summary: "Send nothing to an upstream for a while, from any instance",
    role: "full",
    body: {
      schema: object(
        { for: text("A duration; never longer than pause.max."), upstream: UPSTREAM },
        ["for"],
      ),
      example: { for: "60s" },
    },
    answer: "For how long it pauses.",
    problems: [400, 503],
  },
  {
    method: "post",
    path: "/resume",
    group: "Order",
    summary: "End whatever pause holds; one request goes first as a probe",
    role: "full",
    body: { schema: object({ upstream: UPSTREAM }, []), example: {} },
    answer: "The upstream.",
    problems: [400, 503],
  },
  {
    method: "post",
    path: "/reload",
    group: "Order",
    summary: "Read the configuration file anew; one with problems changes nothing",
    role: "full",
    answer: "What has changed, and what cannot while it runs.",
    problems: [409, 422, 503],
  },
  {
    method: "post",
    path: "/purge",
    group: "Order",
    summary: "Serve something stored no more, on any instance",
    role: "full",
    body: {
      schema: object(
        {
          url: text("One URL, with any query."),
          prefix: text("A path and all below it."),
          group: text("A group of the routes."),
          everything: { const: true },
          soft: { type: "boolean", description: "Only mark it as stale." },
          upstream: UPSTREAM,
        },
        [],
      ),
      example: { group: "tickets", soft: true },
    },
    answer: "What was purged, and in words what that covers.",
    problems: [400, 503],
  },
  {
    method: "post",
    path: "/warm",
    group: "Order",
    summary: "Ask for URLs so that they are stored, as the quota has room to spare",
    role: "full",
    body: {
      schema: object(
        {
          urls: { type: "array", items: { type: "string" }, minItems: 1, maxItems: 1000 },
          consumer: text("On whose account."),
          upstream: UPSTREAM,
        },
        ["urls"],
      ),
      example: { urls: ["/ticket/5"] },
    },
    answer: "The list's progress; Location leads to it.",
    status: 202,
    problems: [400, 503],
  },
  {
    method: "get",
    path: "/warm/{id}",
    group: "Order",
    summary: "How far a list of URLs is",
    role: "read",
    answer: "Its progress.",
    problems: [404],
  },
];

const NAMED = [400, 404, 409, 503] as const;

/** What is done to consumers there. */
export const consumerOperations: readonly Operation[] = [
  {
    method: "get",
    path: "/consumers",
    group: "Consumers",
    summary: "All consumers, those of the file included; no key is ever shown",
    role: "read",
    answer: "The list.",
    problems: [503],
  },
  {
    method: "get",
    path: "/consumers/{name}",
    group: "Consumers",
    summary: "One consumer",
    role: "read",
    answer: "Its terms and how long its keys hold.",
    problems: [404, 503],
  },
  {
    method: "post",
    path: "/consumers",
    group: "Consumers",
    summary: "Make a consumer; the answer is the one that holds its key",
    role: "full",
    body: {
      schema: object({ name: text("Letters, digits, dots, dashes; 64 at most."), ...TERMS }, [
        "name",
      ]),
      example: { name: "billing-sync", weight: 3 },
    },
    answer: "The consumer and its key.",
    status: 201,
    problems: NAMED,
  },
  {
    method: "post",
    path: "/consumers/{name}/rotate",
    group: "Consumers",
    summary: "Give a consumer a new key; the old ones hold for a while",
    role: "full",
    body: {
      schema: object({ overlap: text("How long they hold: a day without it.") }, []),
      example: { overlap: "1h" },
    },
    answer: "The consumer and its new key.",
    problems: NAMED,
  },
  {
    method: "patch",
    path: "/consumers/{name}",
    group: "Consumers",
    summary: "Change a consumer's terms, disable or enable it",
    role: "full",
    body: {
      schema: object({ enabled: { type: "boolean" }, ...TERMS }, []),
      example: { weight: 5 },
    },
    answer: "The consumer.",
    problems: NAMED,
  },
  {
    method: "delete",
    path: "/consumers/{name}",
    group: "Consumers",
    summary: "Forget a disabled consumer and its keys",
    role: "full",
    answer: "Nothing.",
    status: 204,
    problems: NAMED,
  },
  {
    method: "patch",
    path: "/consumers",
    group: "Consumers",
    summary: "Open the gateway to everybody again, where no consumer is left",
    role: "full",
    body: { schema: object({ open: { const: true } }, ["open"]), example: { open: true } },
    answer: "Nothing.",
    status: 204,
    problems: [400, 409, 503],
  },
];
