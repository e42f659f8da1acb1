import { CommandFault, EXIT } from "../operate/exit.ts";
import type { Command } from "./command.ts";

/*
 * What shells complete is made from the commands themselves, so that it cannot fall behind them.
 */

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Prints a script that completes the given commands. */
export function completion(commands: readonly Command[]): Command {
  return {
    name: "completion",
    usage: "completion bash|zsh|fish",
    about: "Prints what lets your shell complete sluice's words",
    verbs: SHELLS,
    options: {},
    examples: [
      ['eval "$(sluice completion bash)"', "now; put it into ~/.bashrc for always"],
      ['eval "$(sluice completion zsh)"', "now; put it into ~/.zshrc behind compinit"],
      ["sluice completion fish > ~/.config/fish/completions/sluice.fish", "for always"],
    ],
    run({ words: [word] }, { out }) {
      const shell = SHELLS.find((known) => known === word);
      if (shell === undefined) {
        throw new CommandFault("usage", `Say one of ${SHELLS.join(", ")}.`);
      }
      out.write(shell === "fish" ? fish(commands) : bash(commands, shell === "zsh"));
      return Promise.resolve(EXIT.ok);
    },
  };
}

function wordsOf({ verbs = [], options }: Command): string {
  return [...verbs, ...Object.keys(options).map((name) => `--${name}`), "--help"].join(" ");
}

/** zsh takes the same by its own emulation. */
function bash(commands: readonly Command[], zsh: boolean): string {
  const cases = commands.map((one) => `    ${one.name}) words="${wordsOf(one)}" ;;`);
  const names = [...commands.map(({ name }) => name), "completion", "--help"].join(" ");
  return [
    ...(zsh ? ["autoload -Uz bashcompinit && bashcompinit"] : []),
    "_sluice() {",
    '  local words current="${COMP_WORDS[COMP_CWORD]}"',
    '  case "${COMP_WORDS[COMP_CWORD-1]}" in',
    '    --config) COMPREPLY=($(compgen -f -- "$current")); return ;;',
    "  esac",
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    `    completion) words="${SHELLS.join(" ")}" ;;`,
    "  esac",
    `  [ "$COMP_CWORD" -eq 1 ] && words="${names}"`,
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -F _sluice sluice",
    "",
  ].join("\n");
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((one) => {
    const within = `complete -c sluice -n "__fish_seen_subcommand_from ${one.name}"`;
    return [
      `complete -c sluice -n __fish_use_subcommand -a ${one.name} -d ${quoted(one.about)}`,
      ...(one.verbs ?? []).map((verb) => `${within} -a ${verb}`),
      ...Object.entries(one.options).map(
        ([name, { about, type }]) =>
          `${within} -l ${name}${type === "string" ? " -r" : ""} -d ${quoted(about)}`,
      ),
    ];
  });
  return `complete -c sluice -f\n${lines.join("\n")}\n`;
}

/** In fish a single-quoted text knows two escapes. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
