import { directoryOf, foundersOf } from "../identify/directory.ts";
import { ConsumerDesk } from "./consumer-desk.ts";
import type { Directory } from "../identify/directory.ts";
import type { Known } from "./orders.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConsumerStore } from "../ports/consumers.ts";
import type { Settings } from "../ports/settings.ts";

/** Everybody who may ask, as path and admin port see them. */
export interface OpenConsumers {
  readonly directory: Directory;
  readonly desk: ConsumerDesk;
  readonly known: Known;
  /** From now on the file's consumers and upstreams are these. */
  reload(settings: Settings): void;
}

/** Puts the file's consumers and those of the store together, for as long as the store is followed. @throws StoreFault. */
export async function openConsumers(
  settings: Settings,
  store: ConsumerStore,
  clock: Pick<Clock, "now">,
): Promise<OpenConsumers> {
  let current = settings;
  const directory = directoryOf(settings, () => clock.now());
  store.onChanged((list) => directory.update(list));
  await store.list();
  const desk = new ConsumerDesk({
    store,
    clock,
    get founders() {
      return current.consumers;
    },
  });
  const known: Known = {
    get upstreams() {
      return current.upstreams;
    },
    get consumers() {
      return directory.names;
    },
  };
  return {
    directory,
    desk,
    known,
    reload(next) {
      current = next;
      directory.found(foundersOf(next));
    },
  };
}
