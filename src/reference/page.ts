/** A table of a reference page. Cells are Markdown. */
export interface Table {
  readonly title?: string;
  readonly intro?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A page below docs/reference/, written by a command and checked against it in a test. */
export interface Page {
  /** `settings.md`. */
  readonly file: string;
  readonly title: string;
  /** What the page is good for, in one or two sentences. */
  readonly intro: string;
  readonly tables: readonly Table[];
}

/** The page as Markdown. */
export function render({ title, intro, tables }: Page): string {
  const parts = [
    `# ${title}`,
    "<!-- Written by `npm run docs`. Change what it is written from: src/reference/ says what that is. -->",
    intro,
    ...tables.flatMap(renderTable),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** A value as code. Backticks within would end it, so they are left out. */
export function code(text: string): string {
  return `\`${text.replaceAll("`", "")}\``;
}

function renderTable({ title, intro, columns, rows }: Table): string[] {
  const lines = [columns, columns.map(() => "---"), ...rows].map(
    (cells) => `| ${cells.map(cell).join(" | ")} |`,
  );
  return [
    ...(title === undefined ? [] : [`## ${title}`]),
    ...(intro === undefined ? [] : [intro]),
    lines.join("\n"),
  ];
}

/** What would end a cell or a line is escaped. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}
