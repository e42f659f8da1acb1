import type { StoreSettings } from "../ports/settings.ts";
import type { Stores, StoresOptions } from "../ports/stores.ts";

/** Opens the configured stores; of the others' code nothing is loaded. @throws StoreFault */
export async function openStores(settings: StoreSettings, options: StoresOptions): Promise<Stores> {
  if (settings.redis === "") {
    const { openSqliteStores } = await import("../adapters/sqlite/stores.ts");
    return openSqliteStores(settings, options);
  }
  const { openRedisStores } = await import("../adapters/redis/stores.ts");
  return openRedisStores(settings, options);
}
