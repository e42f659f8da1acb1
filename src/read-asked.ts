import { readRequestBody, type RequestBody } from "./forward/request-body.ts";
import { isForm } from "./identify/form.ts";
import { policiesOf } from "./schedule/policies.ts";
import { spenderOf, type ClientRequest } from "./exchange.ts";
import type { Asked, Identifier } from "./identify/identify.ts";
import type { Notes } from "./observe/access-record.ts";
import type { Quota, Settings } from "./ports/settings.ts";

/** By what a request is read. */
export interface Reading {
  readonly identifier: Identifier;
  readonly limits: Pick<Settings["limits"], "replayBytes" | "bodyBytes">;
  /** An upstream's quotas as they are kept at present; `undefined`: as configured. */
  readonly quotasOf: (upstream: string) => readonly Quota[] | undefined;
}

/**
 * Tells who asks for what, notes it, and reads the body ahead. Who is a stranger is told so before any of the body is
 * held for it, unless the key may be in the body. @throws Problem
 */
export async function readAsked(
  request: ClientRequest,
  notes: Notes,
  { identifier, limits, quotasOf }: Reading,
): Promise<{ readonly asked: Asked; readonly body: RequestBody }> {
  const early = identifier.mayHoldKey(request) ? undefined : identifier.identify(request);
  if (early) noteAsked(notes, early, quotasOf);
  const { replayBytes, bodyBytes: mostBytes } = limits;
  const body = await readRequestBody(request.body, { ...request, replayBytes, mostBytes });
  if (early && !isForm(request.fields)) return { asked: early, body };
  const whole = body.kind === "whole" ? { form: body.bytes } : {};
  const asked = identifier.identify({ ...request, ...whole });
  noteAsked(notes, asked, quotasOf);
  return { asked, body };
}

function noteAsked(notes: Notes, asked: Asked, quotasOf: Reading["quotasOf"]): void {
  const { path, caller } = asked;
  Object.assign(notes, { path, weight: caller.weight, ...spenderOf(asked) });
  notes.policies = policiesOf(asked, quotasOf(asked.upstream.name));
}
