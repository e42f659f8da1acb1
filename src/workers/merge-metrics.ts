/** What one worker's scrape told. */
export interface Scraped {
  /** Number of the worker, from 1. */
  readonly worker: number;
  /** The text exposition format of Prometheus. */
  readonly text: string;
}

const COMMENT = /^# (?<kind>HELP|TYPE|UNIT) (?<name>\S+)/;

/**
 * One exposition of several: each sample gets the label `worker`, so that nothing is added up that must not be (what a
 * ledger holds is the same for all) and sums are as they are over instances. A family stands together, as the format
 * demands, under the comments that came first.
 */
export function mergeMetrics(scrapes: readonly Scraped[]): string {
  const families = new Map<string, Family>();
  const familyOf = (name: string): Family => {
    const family = families.get(name) ?? { comments: new Map<string, string>(), samples: [] };
    families.set(name, family);
    return family;
  };
  for (const { worker, text } of scrapes) {
    // Samples that nothing was said of stand first.
    let family = familyOf("");
    for (const line of text.split("\n")) {
      if (line === "" || line === "# EOF") continue;
      const comment = COMMENT.exec(line)?.groups;
      if (!comment) {
        family.samples.push(labelled(line, worker));
        continue;
      }
      const { kind = "", name = "" } = comment;
      family = familyOf(name);
      if (!family.comments.has(kind)) family.comments.set(kind, line);
    }
  }
  const lines = [...families.values()].flatMap(({ comments, samples }) => [
    ...comments.values(),
    ...samples,
  ]);
  return `${lines.join("\n")}\n`;
}

/** Of one name: what is said of it, and its values. */
interface Family {
  readonly comments: Map<string, string>;
  readonly samples: string[];
}

/** The first brace follows the name, whatever the values hold. */
function labelled(sample: string, worker: number): string {
  const end = sample.search(/[{ ]/);
  const name = sample.slice(0, end);
  const rest = sample.slice(end);
  const label = `worker="${worker}"`;
  if (rest.startsWith("{}")) return `${name}{${label}}${rest.slice(2)}`;
  return rest.startsWith("{") ? `${name}{${label},${rest.slice(1)}` : `${name}{${label}}${rest}`;
}
