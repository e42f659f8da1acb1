import type { Ending, Told } from "./record.ts";

/** An answer as it came over the wire. */
export interface Received {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const PROBLEM = "application/problem+json";

/** What an answer is, by its fields and its body alone. */
export function readAnswer({ status, fields, text }: Received): Ending {
  const type = String(fields["content-type"] ?? "");
  if (type.startsWith(PROBLEM)) return readProblem(status, fields, text);
  const cacheStatus = String(fields["cache-status"] ?? "");
  const told = toldBy(text);
  return {
    kind: "answer",
    status,
    fromStore: /;\s*hit\b/.test(cacheStatus),
    away: cacheStatus.includes("store-away"),
    ...(told ? { told } : {}),
  };
}

function readProblem(status: number, fields: Received["fields"], text: string): Ending {
  const document = objectOf(text);
  const type = /^urn:sluice:problem:([a-z-]+)$/.exec(String(document?.["type"]))?.[1];
  const flaw = flawOf(status, fields, document, type);
  return { kind: "problem", status, type: type ?? "", ...(flaw === undefined ? {} : { flaw }) };
}

function flawOf(
  status: number,
  fields: Received["fields"],
  ...[document, type]: [Record<string, unknown> | undefined, string | undefined]
): string | undefined {
  if (!document) return "the document is no JSON object";
  if (type === undefined) return `the type is ${String(document["type"])}`;
  if (document["status"] !== status) return `it says ${String(document["status"])} under ${status}`;
  for (const member of ["title", "detail"]) {
    if (typeof document[member] !== "string" || document[member] === "") return `no ${member}`;
  }
  const after = fields["retry-after"];
  if (after === undefined) return status === 429 ? "429 without Retry-After" : undefined;
  return /^\d+$/.test(String(after)) ? undefined : `Retry-After: ${String(after)}`;
}

function toldBy(text: string): Told | undefined {
  const whole = objectOf(text);
  for (const kind of ["ticket", "invoice"]) {
    const entity = whole?.[kind];
    if (typeof entity !== "object" || entity === null) continue;
    const { id, subject } = entity as { id?: unknown; subject?: unknown };
    if (typeof id !== "number") return undefined;
    return { kind, id, version: versionIn(String(subject)) ?? 0 };
  }
  return undefined;
}

/** The subject by which a write is known again. */
export function subjectOf(version: number): string {
  return `write ${version}`;
}

/** The number of the write whose subject a text holds. */
export function versionIn(text: string): number | undefined {
  const digits = /\bwrite (\d+)\b/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
