import { readRequestBody, type RequestBody } from "./forward/request-body.ts";
import { isForm } from "./identify/form.ts";
import { policiesOf } from "./schedule/policies.ts";
import { spenderOf, type ClientRequest } from "./exchange.ts";
import type { Asked, Identifier } from "./identify/identify.ts";
import type { Notes } from "./observe/access-record.ts";
import type { Settings } from "./ports/settings.ts";

/** By what a request is read. */
export interface Reading {
  readonly identifier: Identifier;
  readonly limits: Pick<Settings["limits"], "replayBytes" | "bodyBytes">;
}

/**
 * Tells who asks for what, notes it, and reads the body ahead. Who is a stranger is told so before any of the body is
 * held for it, unless the key may be in the body. @throws Problem
 */
export async function readAsked(
  request: ClientRequest,
  notes: Notes,
  { identifier, limits }: Reading,
): Promise<{ readonly asked: Asked; readonly body: RequestBody }> {
  const early = identifier.mayHoldKey(request) ? undefined : identifier.identify(request);
  if (early) noteAsked(notes, early);
  const { replayBytes, bodyBytes: mostBytes } = limits;
  const body = await readRequestBody(request.body, { ...request, replayBytes, mostBytes });
  if (early && !isForm(request.fields)) return { asked: early, body };
  const whole = body.kind === "whole" ? { form: body.bytes } : {};
  const asked = identifier.identify({ ...request, ...whole });
  noteAsked(notes, asked);
  return { asked, body };
}

function noteAsked(notes: Notes, asked: Asked): void {
  const { path, caller } = asked;
  Object.assign(notes, { path, weight: caller.weight, ...spenderOf(asked) });
  notes.policies = policiesOf(asked);
}
