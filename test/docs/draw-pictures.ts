import { mkdirSync, writeFileSync } from "node:fs";
import { flood } from "../simulation/demand.ts";
import { CLIENTEXEC, QuotaWorld } from "../simulation/quota-world.ts";
import { element as tag, picture, text, type Point } from "./svg.ts";

/*
 * The pictures of docs/pictures/, written by npm run docs. The window is not a sketch: it is what the rule of
 * src/schedule does on a simulated clock.
 */

const FOLDER = new URL("../../docs/pictures/", import.meta.url);

const MINUTE = 60_000;
const LIMIT = CLIENTEXEC.quotas[0]?.limit ?? 0;
const STORY = { alone: 15_000, joined: 135_000, paused: 240_000, pauseMs: 20_000, end: 330_000 };
const FRAME = { left: 60, top: 50, width: 700, height: 240 };
const COLOURS = { reports: "#4c78a8", portal: "#f58518" } as const;

/** Where the box of a step begins. */
function boxAt(index: number): number {
  return 20 + index * 150;
}

/** The way of a request through Sluice. */
export function pathPicture(): string {
  const steps = [
    ["identify", "who asks,", "for what?"],
    ["lookup", "does a stored", "answer serve?"],
    ["collapse", "one forward", "for all who ask"],
    ["schedule", "whose turn", "is it?"],
    ["forward", "with the key,", "to the API"],
  ] as const;
  const boxes = steps.flatMap(([name, first, second], index) => [
    tag("rect", {
      x: boxAt(index),
      y: 60,
      width: 126,
      height: 76,
      rx: 8,
      fill: "#e8f0fa",
      stroke: "#4c78a8",
    }),
    text({ x: boxAt(index) + 63, y: 84 }, name, { bold: true, middle: true }),
    text({ x: boxAt(index) + 63, y: 106 }, first, { middle: true, small: true }),
    text({ x: boxAt(index) + 63, y: 122 }, second, { middle: true, small: true }),
    ...(index === 0
      ? []
      : [arrow({ x: boxAt(index) - 24, y: 98 }, { x: boxAt(index) - 3, y: 98 })]),
  ]);
  const [store, respond] = [boxAt(3), boxAt(1)];
  const lower = [
    tag("rect", {
      x: store,
      y: 200,
      width: 126,
      height: 60,
      rx: 8,
      fill: "#fdf0e2",
      stroke: "#f58518",
    }),
    text({ x: store + 63, y: 224 }, "store", { bold: true, middle: true }),
    text({ x: store + 63, y: 244 }, "keep, freshen, end", { middle: true, small: true }),
    tag("rect", {
      x: respond,
      y: 200,
      width: 126,
      height: 60,
      rx: 8,
      fill: "#e6f4ea",
      stroke: "#54a24b",
    }),
    text({ x: respond + 63, y: 224 }, "respond", { bold: true, middle: true }),
    text({ x: respond + 63, y: 244 }, "and say how it went", { middle: true, small: true }),
    arrow({ x: boxAt(1) + 63, y: 136 }, { x: respond + 63, y: 197 }),
    text({ x: boxAt(1) + 72, y: 172 }, "it does", { small: true }),
    arrow({ x: boxAt(4) + 63, y: 136 }, { x: store + 129, y: 215 }),
    text({ x: boxAt(4) + 40, y: 172 }, "the answer", { small: true }),
    arrow({ x: store - 3, y: 230 }, { x: respond + 129, y: 230 }),
    arrow({ x: boxAt(4) + 20, y: 58 }, { x: boxAt(3) + 80, y: 58 }),
    text({ x: boxAt(3) + 150, y: 44 }, "429: everybody pauses, and again", {
      middle: true,
      small: true,
    }),
  ];
  return picture({
    width: 776,
    height: 280,
    title: "The way of a request",
    about:
      "A request passes identify, lookup, collapse, schedule and forward. A stored answer goes from lookup to respond; an answer of the API goes by store to respond; a 429 sends it back to schedule.",
    parts: [...boxes, ...lower],
  });
}

function arrow(from: Point, to: Point): string {
  return tag("line", {
    x1: from.x,
    y1: from.y,
    x2: to.x,
    y2: to.y,
    stroke: "#555",
    "stroke-width": 1.5,
    "marker-end": "url(#head)",
  });
}

/** Departures of each consumer in the story of the picture. */
export function departuresOfStory(): Readonly<Record<"reports" | "portal", readonly number[]>> {
  const world = new QuotaWorld();
  const began = world.events.nowMs;
  flood(world, { consumer: "reports" }, { callers: 60, fromMs: STORY.alone });
  flood(world, { consumer: "portal" }, { callers: 60, fromMs: STORY.joined });
  world.run(STORY.paused);
  world.pause(STORY.pauseMs);
  world.run(STORY.end - STORY.paused);
  const left = (consumer: string): number[] =>
    world.asked
      .filter((one) => one.consumer === consumer)
      .flatMap(({ departedAt }) => (departedAt === undefined ? [] : [departedAt - began]));
  return { reports: left("reports"), portal: left("portal") };
}

/** A window of 200 a minute as it fills: one alone, two, a pause. */
export function windowPicture(): string {
  const { left, top, width, height } = FRAME;
  const x = (ms: number): number => left + (ms / STORY.end) * width;
  const y = (units: number): number => top + height - (units / (LIMIT * 1.1)) * height;
  const departures = departuresOfStory();
  const instants = Array.from({ length: STORY.end / 1000 + 1 }, (_, second) => second * 1000);
  const within = (all: readonly number[], at: number): number =>
    all.filter((one) => one > at - MINUTE && one <= at).length;
  const reports = instants.map((at) => within(departures.reports, at));
  const both = instants.map((at, index) => (reports[index] ?? 0) + within(departures.portal, at));
  const area = (upper: readonly number[], lower: readonly number[]): string =>
    [
      ...instants.map((at, index) => `${x(at).toFixed(1)},${y(upper[index] ?? 0).toFixed(1)}`),
      ...instants
        .map((at, index) => `${x(at).toFixed(1)},${y(lower[index] ?? 0).toFixed(1)}`)
        .toReversed(),
    ].join(" ");
  const nothing = instants.map(() => 0);
  const minutes = Array.from({ length: Math.floor(STORY.end / MINUTE) + 1 }, (_, minute) => minute);
  return picture({
    width: 780,
    height: 350,
    title: "A window of 200 a minute",
    about:
      "Units that left in the last 60 seconds. One service alone takes the whole window; when a second comes, the window is shared in halves within one window; during a pause nothing leaves. The limit of 200 is never passed.",
    parts: [
      text({ x: left, y: 26 }, "Requests that left in the last 60 s, by service", { bold: true }),
      tag("rect", {
        x: x(STORY.paused),
        y: top,
        width: x(STORY.paused + STORY.pauseMs) - x(STORY.paused),
        height,
        fill: "#ddd",
      }),
      tag("polygon", { points: area(reports, nothing), fill: COLOURS.reports }),
      tag("polygon", { points: area(both, reports), fill: COLOURS.portal }),
      tag("line", {
        x1: left,
        x2: left + width,
        y1: y(LIMIT),
        y2: y(LIMIT),
        stroke: "#c00",
        "stroke-dasharray": "6 4",
      }),
      text({ x: left - 8, y: y(LIMIT) + 4 }, String(LIMIT), { end: true }),
      text({ x: left - 8, y: y(LIMIT / 2) + 4 }, String(LIMIT / 2), { end: true }),
      text({ x: left - 8, y: y(0) + 4 }, "0", { end: true }),
      tag("line", { x1: left, x2: left + width, y1: y(0), y2: y(0), stroke: "#555" }),
      ...minutes.map((minute) =>
        text({ x: x(minute * MINUTE), y: top + height + 18 }, `${minute} min`, {
          middle: true,
          small: true,
        }),
      ),
      text({ x: x(STORY.alone) + 6, y: top + 12 }, "reports alone", { small: true }),
      text({ x: x(STORY.joined) + 6, y: top + 12 }, "portal comes", { small: true }),
      text({ x: x(STORY.paused) + 4, y: top + 12 }, "429", { small: true }),
      tag("rect", { x: left, y: 322, width: 12, height: 12, fill: COLOURS.reports }),
      text({ x: left + 18, y: 333 }, "reports", { small: true }),
      tag("rect", { x: left + 90, y: 322, width: 12, height: 12, fill: COLOURS.portal }),
      text({ x: left + 108, y: 333 }, "portal", { small: true }),
      text({ x: left + 180, y: 333 }, "- - the limit, grey: everybody pauses", { small: true }),
    ],
  });
}

/** Every picture by its file's name. */
export function pictures(): Readonly<Record<string, string>> {
  return { "path.svg": pathPicture(), "window.svg": windowPicture() };
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, svg] of Object.entries(pictures())) writeFileSync(new URL(file, FOLDER), svg);
}
