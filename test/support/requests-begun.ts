import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { expect } from "vitest";

const CHANNEL = "http.server.request.start";

/**
 * Waits until so many requests for a target have begun at servers of this process, while `asking` makes them:
 * a client cannot know when its request has come in.
 */
export async function untilBegun<Asked>(
  count: number,
  target: string,
  asking: () => Asked,
): Promise<Asked> {
  let begun = 0;
  const hear = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    begun += Number(request.url === target);
  };
  subscribe(CHANNEL, hear);
  try {
    const asked = asking();
    await expect.poll(() => begun, { timeout: 10_000 }).toBe(count);
    return asked;
  } finally {
    unsubscribe(CHANNEL, hear);
  }
}
