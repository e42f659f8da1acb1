import { redisPasswords } from "../adapters/redis/connect.ts";
import { secretsOf } from "../forward/inject-key.ts";
import { Mask } from "../forward/mask.ts";
import type { Settings } from "../ports/settings.ts";

/** Overwrites every secret of the configuration. */
export function maskOf({ upstreams, consumers, admin, store }: Settings): Mask {
  return new Mask([
    ...upstreams.flatMap(({ keys }) => secretsOf(keys)),
    ...consumers.map(({ key }) => key),
    admin.token,
    admin.readToken ?? "",
    ...redisPasswords(store.redis),
  ]);
}
