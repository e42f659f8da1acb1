import { table } from "./table.ts";
import { listOf, toldOf, type Told } from "./told.ts";

/** Consumers that are shown: those who ask most. */
const MOST_SHOWN = 20;

/** What `/status` tells, for people. `url`: which instance it is of. */
export function statusView(told: Told, url: string): string {
  const total = counted(told["total"]);
  const draining = told["draining"] === true ? ", shutting down" : "";
  const head = `${url}  store ${String(told["store"])}${draining}`;
  const sum = `${total.asked} asked: ${total.fromStore} from store (${percent(total.fromStore, total.asked)}), ${total.collapsed} collapsed, ${total.forwarded} forwarded, ${total.refused} refused, ${total.failed} failed, ${total.throttled} throttled`;
  return [head, sum, "", upstreamTable(told["upstreams"]), consumerTable(told["consumers"])].join(
    "\n",
  );
}

function upstreamTable(value: unknown): string {
  const rows = entriesOf(value).map(([name, one]) => {
    const standings = listOf(one["standings"]);
    const limits = toldOf(one["limits"]);
    const used = standings.map(
      ({ quota, used: units }) =>
        `${String(quota)} ${String(units)} of ${Number(limits[String(quota)])}`,
    );
    return [
      name,
      used.join(", ") || "-",
      String(one["waiting"]),
      String(one["underWay"]),
      Number(one["pausedForMs"]) > 0 ? seconds(one["pausedForMs"]) : "-",
      one["storeLost"] === true ? "out of reach" : "well",
    ];
  });
  return table(["upstream", "quota used", "waiting", "under way", "paused", "ledger"], rows);
}

function consumerTable(value: unknown): string {
  const rows = entriesOf(value)
    .map(([name, one]) => ({ name, ...counted(one) }))
    .toSorted((a, b) => b.asked - a.asked)
    .slice(0, MOST_SHOWN)
    .map((one) => [
      one.name,
      String(one.asked),
      percent(one.fromStore, one.asked),
      String(one.forwarded),
      String(one.refused),
      String(one.failed),
    ]);
  if (rows.length === 0) return "Nobody has asked yet.\n";
  return table(["consumer", "asked", "from store", "forwarded", "refused", "failed"], rows);
}

function entriesOf(value: unknown): (readonly [string, Told])[] {
  return Object.entries(toldOf(value)).map(([name, one]) => [name, toldOf(one)]);
}

function counted(value: unknown) {
  const count = toldOf(value);
  const of = (name: string): number => Number(count[name] ?? 0);
  return {
    asked: of("asked"),
    fromStore: of("fromStore"),
    collapsed: of("collapsed"),
    forwarded: of("forwarded"),
    refused: of("refused"),
    failed: of("failed"),
    throttled: of("throttled"),
  };
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "0 %" : `${Math.round((100 * part) / whole)} %`;
}

function seconds(ms: unknown): string {
  return `${Math.ceil(Number(ms) / 1000)} s`;
}
