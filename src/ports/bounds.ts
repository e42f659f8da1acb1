/** A part of each configured limit, or units. */
export interface Amount {
  readonly unit: "percent" | "units";
  readonly value: number;
}

/** How limits are learned that are not those of the configuration. */
export interface LearnSettings {
  readonly enabled: boolean;
  /** No limit is taken to be lower, or higher. A ceiling below the configured limit is that limit. */
  readonly floor: Amount;
  readonly ceiling: Amount;
  /** An endpoint that was not refused for so long is one like any other again. */
  readonly forgetMs: number;
}

/** What of each quota only urgent requests may take. */
export interface Reserve {
  /** Part of each quota, 0 to 1. */
  readonly share: number;
  /** Requests of this urgency, or a lesser number (RFC 9218), may take it. */
  readonly urgency: number;
}

/** At most `limit` units in any rolling `windowMs`, at each upstream. */
export interface Cap {
  readonly limit: number;
  readonly windowMs: number;
}
