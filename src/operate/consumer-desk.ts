import { createHash, randomBytes } from "node:crypto";
import { create, patch, remove, reopen, rotate } from "./consumer-changes.ts";
import type { NewKey, Refusal, Verdict } from "./consumer-changes.ts";
import type { CreateOrder, PatchOrder, RotateOrder } from "./consumer-orders.ts";
import type { Clock } from "../ports/clock.ts";
import type { ConsumerList, ConsumerStore, StoredConsumer } from "../ports/consumers.ts";
import type { Consumer } from "../ports/settings.ts";

/** What became of an order. */
export type Settled =
  | { readonly kind: "done" }
  | { readonly kind: "changed"; readonly consumer: StoredConsumer }
  /** The one time that the key is told. */
  | { readonly kind: "keyed"; readonly consumer: StoredConsumer; readonly key: string }
  | { readonly kind: "refused"; readonly why: Refusal | "in-file" | "contended" };

/** What the desk is built with. */
export interface DeskParts {
  readonly store: ConsumerStore;
  /** Consumers of the configuration file, which nobody changes here. */
  readonly founders: readonly Consumer[];
  readonly clock: Pick<Clock, "now">;
}

/** An order is judged anew when the list has changed meanwhile, this often. */
const ATTEMPTS = 5;

/** Marks our keys, so that scanners for secrets find them where they should not be. */
const KEY_PREFIX = "sluice_";
const KEY_BYTES = 32;

/** Carries out orders about consumers. Its verbs throw StoreFault: then nobody knows whether it was done. */
export class ConsumerDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  get founders(): readonly Consumer[] {
    return this.#parts.founders;
  }

  /** As the store has it at present. */
  list(): Promise<ConsumerList> {
    return this.#parts.store.list();
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#parts.clock.now();
  }

  create(order: CreateOrder): Promise<Settled> {
    return this.#withKey(order.name, (list, key) => create(list, order, key));
  }

  rotate(order: RotateOrder & { readonly name: string }): Promise<Settled> {
    return this.#withKey(order.name, (list, key) => rotate(list, order, key));
  }

  patch(order: PatchOrder & { readonly name: string }): Promise<Settled> {
    return this.#settle(order.name, (list) => patch(list, order, this.now()));
  }

  remove(name: string): Promise<Settled> {
    return this.#settle(name, (list) => remove(list, name));
  }

  /** Lets everybody in again. */
  async reopen(): Promise<Settled> {
    if (this.founders.length > 0) return { kind: "refused", why: "occupied" };
    return this.#settle("", reopen);
  }

  async #withKey(
    name: string,
    decide: (list: ConsumerList, key: NewKey) => Verdict,
  ): Promise<Settled> {
    const key = `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString("base64url")}`;
    const digest = createHash("sha256").update(key).digest("hex");
    const settled = await this.#settle(name, (list) => decide(list, { digest, now: this.now() }));
    return settled.kind === "changed" ? { ...settled, kind: "keyed", key } : settled;
  }

  async #settle(name: string, decide: (list: ConsumerList) => Verdict): Promise<Settled> {
    const { store, founders } = this.#parts;
    if (founders.some((founder) => founder.name === name)) {
      return { kind: "refused", why: "in-file" };
    }
    for (let attempts = 0; attempts < ATTEMPTS; attempts += 1) {
      const list = await store.list();
      const verdict = decide(list);
      if ("refused" in verdict) return { kind: "refused", why: verdict.refused };
      const { change } = verdict;
      if (await store.change(change, list.version)) {
        return change.kind === "put"
          ? { kind: "changed", consumer: change.consumer }
          : { kind: "done" };
      }
    }
    return { kind: "refused", why: "contended" };
  }
}
