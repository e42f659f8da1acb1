/** Who wants to hear of what, by id. */
export class Listeners<Told> {
  readonly #listeners = new Map<string, Set<(told: Told) => void>>();

  /** Ids that somebody wants to hear of. */
  get ids(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  /** Calls `listener` each time that something is told of `id`, until disposed of. */
  add(id: string, listener: (told: Told) => void): Disposable {
    // Its own, since one function may be given twice.
    const own = (told: Told): void => listener(told);
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(own));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(own);
        if (listeners.size === 0 && this.#listeners.get(id) === listeners)
          this.#listeners.delete(id);
      },
    };
  }

  /** Tells those who listen at the moment. */
  tell(id: string, told: Told): void {
    for (const listener of this.#listeners.get(id) ?? []) listener(told);
  }
}
