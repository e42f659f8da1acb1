import { secretsOf } from "../forward/inject-key.ts";
import { Mask } from "../forward/mask.ts";
import type { Settings } from "../ports/settings.ts";

/** Overwrites every secret that the configuration holds or has held since the start. */
export class SecretsMask {
  readonly #secrets = new Set<string>();
  #mask = new Mask([]);

  constructor(settings: Settings) {
    this.add(settings);
  }

  /** Before anything can tell of these settings. What was replaced may still be told of, so it stays covered. */
  add(settings: Settings): void {
    for (const secret of secretsIn(settings)) this.#secrets.add(secret);
    this.#mask = new Mask([...this.#secrets]);
  }

  /** The same text with every secret overwritten. */
  text(text: string): string {
    return this.#mask.text(text);
  }
}

/** All that nobody may see. */
function secretsIn({ upstreams, consumers, admin, store }: Settings): string[] {
  return [
    ...upstreams.flatMap(({ keys, proxy }) => [
      ...secretsOf(keys),
      ...(proxy ? [proxy.password, decodeURIComponent(proxy.password)] : []),
    ]),
    ...consumers.map(({ key }) => key),
    admin.token,
    admin.readToken ?? "",
    ...passwordsIn(store.redis),
  ];
}

/** The password in a URL of Redis, as it is written and as it is sent. ioredis is loaded where it is used only, so not for this. */
function passwordsIn(url: string): string[] {
  const [, written = ""] = /^\w+:\/\/[^:@/]*:([^@/]*)@/.exec(url) ?? [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
