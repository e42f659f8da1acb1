import { StoreFault } from "../../ports/faults.ts";

/** What `command` brings. @throws StoreFault where it fails, without the cause: see `faultOf()`. */
export async function attempt<Reply>(command: Promise<Reply>): Promise<Reply> {
  try {
    return await command;
  } catch (error) {
    throw faultOf(error);
  }
}

/** Without the cause: ioredis puts the command on its errors, and the command holds the response. */
function faultOf(error: unknown): StoreFault {
  if (error instanceof StoreFault) return error;
  return new StoreFault(`The cache in Redis could not be reached: ${String(error)}`);
}
