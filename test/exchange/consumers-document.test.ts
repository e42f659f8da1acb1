import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { repositoryFile } from "../deploy/repository-file.ts";
import { startWorld } from "../support/gateway.ts";
import { program } from "../support/program.ts";

/*
 * docs/consumers.md shows orders and their answers. Each is given to a gateway, in the order of the document.
 */

const run = promisify(execFile);

interface Example {
  readonly script: string;
  /** What the document shows of the answer. */
  readonly shown: string | undefined;
}

const text = repositoryFile("docs/consumers.md");
const [setup = "", ...rest] = text.split("```sh\n").slice(1);
const examples = rest.map((part): Example => {
  const [script = "", after = ""] = part.split("```\n", 2);
  const [, shown] = /^\n```json\n([\s\S]*)/.exec(after) ?? [];
  return { script, shown };
});

/**
 * What of an answer the document speaks of, so that both can be compared. There `"..."` is a text that differs each
 * time, and at the end of a list whatever follows.
 */
function likeShown(told: unknown, shown: unknown): unknown {
  if (shown === "...") return typeof told === "string" ? shown : told;
  if (Array.isArray(shown) && Array.isArray(told)) {
    const open = shown.at(-1) === "...";
    const first = told.slice(0, open ? shown.length - 1 : undefined);
    return [...first.map((one, index) => likeShown(one, shown[index])), ...(open ? ["..."] : [])];
  }
  if (typeof shown !== "object" || shown === null || typeof told !== "object") return told;
  const members = Object.entries({ ...told }).filter(([name]) => name in shown);
  const wanted = new Map(Object.entries(shown));
  return Object.fromEntries(
    members.map(([name, value]) => [name, likeShown(value, wanted.get(name))]),
  );
}

describe("docs/consumers.md", () => {
  it("shows what happens", async () => {
    const token = "admin-token-0123456789";
    const admin = { host: "127.0.0.1", port: 0, token };
    await using world = await startWorld({ settings: { admin } });
    const { url, adminUrl } = world.gateway;
    const prelude = (setup.split("```", 1)[0] ?? "")
      .replace("http://127.0.0.1:8081", adminUrl)
      .replace("http://127.0.0.1:8080", url);
    await program("curl", "curl");
    let key = "";
    const answers: unknown[] = [];
    for (const { script } of examples) {
      const env = { ...process.env, SLUICE_ADMIN_TOKEN: token, KEY: key };
      const { stdout } = await run("bash", ["-euc", `${prelude}\n${script}`], { env });
      const answer: unknown = stdout === "" ? undefined : JSON.parse(stdout);
      answers.push(answer);
      if (typeof answer === "object" && answer && "key" in answer) key = String(answer.key);
    }
    const compared = examples.flatMap(({ shown }, index) => {
      const wanted: unknown = shown === undefined ? undefined : JSON.parse(shown);
      return wanted === undefined ? [] : [{ wanted, told: likeShown(answers[index], wanted) }];
    });
    expect(compared).toHaveLength(7);
    expect(compared.map(({ told }) => told)).toEqual(compared.map(({ wanted }) => wanted));
    // Used with the key that was shown: the API answered. Removed, and opened: there is nothing to say.
    expect(answers[1]).toMatchObject({ success: true, ticket: { id: 5 } });
    expect([answers[7], answers.at(-1)]).toEqual([undefined, undefined]);
  });
});
