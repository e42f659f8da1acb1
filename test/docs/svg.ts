/** A place in a picture, in pixels from the upper left. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A picture and what it shows in words, for whoever does not see it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly about: string;
  readonly parts: readonly string[];
}

/** How a text looks. */
export interface Look {
  readonly bold?: boolean;
  readonly small?: boolean;
  readonly middle?: boolean;
  readonly end?: boolean;
}

/** One element without content. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${rounded(value)}"`);
  return `<${name}${written.join("")}/>`;
}

/** A line of text. */
export function text({ x, y }: Point, words: string, look: Look = {}): string {
  const anchor = look.middle ? "middle" : look.end ? "end" : "start";
  const weight = look.bold ? ' font-weight="bold"' : "";
  const size = look.small ? 12 : 14;
  return `<text x="${rounded(x)}" y="${rounded(y)}" text-anchor="${anchor}" font-size="${size}"${weight}>${words}</text>`;
}

/** The whole file, on a ground of its own so that it is readable on a dark page. */
export function picture({ width, height, title, about, parts }: Picture): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" fill="#222">`,
    `<title>${title}</title>`,
    `<desc>${about}</desc>`,
    '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="#555"/></marker></defs>',
    element("rect", { width, height, fill: "#fff" }),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function rounded(value: string | number): string | number {
  return typeof value === "number" ? Math.round(value * 10) / 10 : value;
}
