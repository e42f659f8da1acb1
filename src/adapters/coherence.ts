/** Who is told of changes: `tags` are digests of names and of keys. */
export interface NearContents {
  /** Some process changed what these stand for. */
  drop(tags: readonly string[]): void;
  /** It is not known what changed. */
  clear(): void;
}

/** The store's word on whether what is held in memory may be taken for current. */
export interface Coherence {
  /** From now on `contents` is told of changes. Called once. */
  follow(contents: NearContents): void;
  /**
   * True while every change of a name has been told, the caller's own apart; may tell of some before it returns.
   * Changes of keys are told as they are heard of.
   * Asked at each hit, so it waits for nothing. Never throws.
   */
  current(): boolean;
  /** Nothing is current any more. */
  close(): Promise<void>;
}
