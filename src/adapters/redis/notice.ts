/** A change of names, as its writer tells it. */
export interface Note {
  /** The process that made it. */
  readonly writer: string;
  /** By which holders say that they have heard of it; empty where nobody waits for that. */
  readonly ticket: string;
  /** Digests of the names. */
  readonly tags: readonly string[];
}

/** A note with its place in the log of changes. */
export interface Notice extends Note {
  readonly epoch: string;
  readonly seq: number;
}

/** Channels over which processes tell each other of changes. */
export interface Channels {
  /** Changes of names, as entries of the log. */
  readonly names: string;
  /** Changes of keys: the process that made it and the key's digest. */
  readonly keys: string;
  /** Where a writer hears that its changes were heard: its ticket and the holder. */
  acknowledged(writer: string): string;
}

/** The channels of one prefix. */
export function channelsOf(prefix: string): Channels {
  return {
    names: `${prefix}:names`,
    keys: `${prefix}:keys`,
    acknowledged: (writer) => `${prefix}:names:${writer}`,
  };
}

/** The text of a note; no field may hold a blank. */
export function writeNote({ writer, ticket, tags }: Note): string {
  return [writer, ticket, ...tags].join(" ");
}

/** What the log and its channel hold: "epoch seq writer ticket tag ...". `undefined` where the text is none. */
export function readNotice(text: string): Notice | undefined {
  const [epoch = "", seq = "", writer = "", ticket, ...tags] = text.split(" ");
  if (ticket === undefined || !/^\d+$/.test(seq)) return undefined;
  return { epoch, seq: Number(seq), writer, ticket, tags };
}
