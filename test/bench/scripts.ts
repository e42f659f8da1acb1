import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/*
 * What wrk is told in Lua: which URLs to ask for, and when.
 */

/** 10,000 URLs, the n-th asked for 1/n as often as the first (Zipf). */
const ZIPF = `
local sums, total = {}, 0
for rank = 1, 10000 do total = total + 1 / rank; sums[rank] = total end
function request()
  local wanted, low, high = math.random() * total, 1, 10000
  while low < high do
    local middle = math.floor((low + high) / 2)
    if sums[middle] < wanted then low = middle + 1 else high = middle end
  end
  return wrk.format("GET", "/items/" .. low)
end`;

/** Each URL once: nothing is stored of it, so each is a forward. */
const DISTINCT = `
local count = 0
function request()
  count = count + 1
  return wrk.format("GET", "/distinct/" .. wrk.salt .. "/" .. count)
end`;

/** The scripts' files. */
export interface Scripts {
  readonly zipf: string;
  /** For so many requests a second over so many connections. */
  paced(perSecond: number, connections: number): string;
  /** URLs that nobody has asked for yet. */
  distinct(): string;
}

/** Writes them into a folder of their own. */
export function writeScripts(): Scripts {
  const folder = mkdtempSync(join(tmpdir(), "sluice-wrk-"));
  let count = 0;
  const write = (text: string): string => {
    count += 1;
    const file = join(folder, `${count}.lua`);
    writeFileSync(file, text);
    return file;
  };
  return {
    zipf: write(ZIPF),
    paced(perSecond, connections) {
      const meanMs = (connections / perSecond) * 1000;
      return write(`function delay() return math.random(0, ${Math.round(meanMs * 2)}) end`);
    },
    distinct() {
      return write(`wrk.salt = "${process.pid}-${count}"\n${DISTINCT}`);
    },
  };
}
