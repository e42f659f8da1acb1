import type { Server } from "node:http";
import type { Logger } from "pino";
import { boundProxyServer } from "../app.ts";
import type { Gateway } from "../gateway.ts";
import type { OpenConsumers } from "../operate/open-consumers.ts";
import type { ReloadingParts } from "../operate/reloading.ts";
import type { Lines } from "./lines.ts";
import type { SecretsMask } from "./mask.ts";

/** What of an instance follows its configuration. */
export interface Following {
  readonly mask: SecretsMask;
  readonly lines: Lines;
  readonly who: Pick<OpenConsumers, "reload">;
  readonly gateway: Gateway;
  readonly proxy: Server;
  readonly log: Logger;
}

/** Makes an instance go by other settings. What is under way ends on what it began with. */
export function applierFor({ mask, lines, ...parts }: Following): ReloadingParts["apply"] {
  return async (settings) => {
    mask.add(settings);
    await lines.prepare(settings.upstreams);
    // From here on in one go, so that no exchange begins on some of the old and some of the new.
    lines.use(settings.upstreams);
    parts.who.reload(settings);
    parts.gateway.reload(settings);
    boundProxyServer(parts.proxy, settings);
    parts.log.level = settings.log.level;
  };
}
