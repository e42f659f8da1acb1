import { run } from "../../src/command/run.ts";
import type { Output } from "../../src/command/command.ts";

/** What one call of `sluice` printed, and its exit code. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A stream that keeps what is written to it. */
export function kept(): Output & { text(): string } {
  let text = "";
  return {
    write: (more) => void (text += more),
    text: () => text,
  };
}

/** Calls `sluice` in this process, as a script does. */
export async function sluice(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Called> {
  const [out, err] = [kept(), kept()];
  const code = await run(words, { environment, out, err });
  return { code, out: out.text(), err: err.text() };
}
