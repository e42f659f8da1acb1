import type { Listener } from "./hono-listener.ts";

/**
 * A listener that stands for one which is loaded yet: Hono, and the fetch that comes with it, take as long as all else of a
 * start, and neither a probe nor an answer from memory needs them. Requests that come meanwhile wait for it.
 */
export function lateListener(load: () => Promise<Listener>): Listener & { load(): void } {
  let loaded: Listener | undefined;
  let loading: Promise<Listener> | undefined;
  const open = (): Promise<Listener> =>
    (loading ??= load().then((listener) => (loaded = listener)));
  const take: Listener = async (incoming, outgoing) =>
    (loaded ?? (await open()))(incoming, outgoing);
  return Object.assign(take, { load: () => void open() });
}
