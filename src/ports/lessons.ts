/** What was learned of one upstream, as one text, at one moment. */
export interface KeptLessons {
  /** Rises by one with each change; 0: there was none. */
  readonly version: number;
  /** Opaque to the store; `""`: nothing. */
  readonly text: string;
}

/**
 * What was learned of one upstream, the same for all processes that share the store. Each process knows of a change
 * within a second, or as soon as it reaches the store again; until then it goes on with what it knows.
 */
export interface LessonStore {
  /** The lessons as this process knows them. Does no I/O. */
  readonly known: KeptLessons;
  /** Reads the lessons, which are then what is known. @throws StoreFault */
  read(): Promise<KeptLessons>;
  /**
   * Writes other lessons if they still have this version: true, and they are known here before this resolves. False:
   * they have changed meanwhile, nothing was written, and what they are now is known. @throws StoreFault
   */
  change(text: string, version: number): Promise<boolean>;
  /** Calls `listener` with each version that is new here, until disposed of. */
  onChanged(listener: (lessons: KeptLessons) => void): Disposable;
  /** Follows no more; the connection stays the caller's to end. */
  close(): Promise<void>;
}
