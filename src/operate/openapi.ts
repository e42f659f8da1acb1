import { lookOperations, probeOperations } from "./look-operations.ts";
import type { Operation, Schema } from "./operation.ts";
import { consumerOperations, orderOperations } from "./order-operations.ts";

/** All that the admin port answers, its dashboard's files and sign-in aside. */
export const operations: readonly Operation[] = [
  ...lookOperations,
  ...orderOperations,
  ...consumerOperations,
  ...probeOperations,
];

const PROBLEM: Schema = {
  type: "object",
  required: ["type", "status", "detail"],
  properties: {
    type: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What is wrong, and what helps." },
  },
};

const REFUSALS: Readonly<Record<number, string>> = {
  400: "The order was not understood.",
  401: "A token is asked for.",
  403: "Asked under another name, from another origin, or with a token that may only look.",
  404: "Nothing has this name.",
  409: "It contradicts what is there.",
  411: "The order came without its length.",
  413: "The order is too large.",
  415: "The order is not JSON.",
  429: "Too many wrong tokens came from the same address.",
  422: "The file has problems, which are listed.",
  503: "The store is out of reach, or too much waits.",
};

/** The admin API as an OpenAPI 3.1.1 document. */
export function openapi(): Schema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method] = operationObject(operation);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Sluice, the admin port",
      version: "0.1.0",
      description:
        "Bound to loopback by default. With admin.token set, every request but the probes needs it; admin.readToken looks and changes nothing.",
    },
    tags: [...new Set(operations.map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        stay: { type: "apiKey", in: "cookie", name: "sluice_admin" },
      },
      schemas: { Problem: PROBLEM },
    },
  };
}

function operationObject(operation: Operation): Schema {
  const { method, path, group, summary, role, body, query = {} } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query).map(([name, description]) => ({
    name,
    in: "query",
    description,
    schema: { type: "string" },
  }));
  return {
    operationId: `${method}${path.replaceAll(/\W+/g, "_").replace(/_$/, "")}`,
    tags: [group],
    summary,
    security: role === "anyone" ? [] : [{ token: [] }, { stay: [] }],
    parameters: [...inPath, ...inQuery],
    ...(body
      ? { requestBody: { required: true, content: { "application/json": { ...body } } } }
      : {}),
    responses: responsesOf(operation),
  };
}

function responsesOf(operation: Operation): Schema {
  const {
    answer,
    status = 200,
    type = "application/json",
    role,
    method,
    problems = [],
  } = operation;
  const content = status === 204 ? {} : { content: { [type]: { schema: {} } } };
  const always = role === "anyone" ? [] : [401, 403, 429];
  const ordered = method === "get" ? [] : [411, 413, 415];
  const refusals = [...always, ...ordered, ...problems].map((refusal) => [
    String(refusal),
    {
      description: REFUSALS[refusal] ?? "",
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]);
  return { [status]: { description: answer, ...content }, ...Object.fromEntries(refusals) };
}
