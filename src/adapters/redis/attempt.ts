import { StoreFault } from "../../ports/faults.ts";

/** What `command` brings of the part of the store. @throws StoreFault where it fails, without the cause: see `faultOf()`. */
export async function attempt<Reply>(command: Promise<Reply>, part = "cache"): Promise<Reply> {
  try {
    return await command;
  } catch (error) {
    throw faultOf(error, part);
  }
}

/** Without the cause: ioredis puts the command on its errors, and the command holds the response. */
function faultOf(error: unknown, part: string): StoreFault {
  if (error instanceof StoreFault) return error;
  return new StoreFault(`The ${part} in Redis could not be reached: ${String(error)}`);
}
