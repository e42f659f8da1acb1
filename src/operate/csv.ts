/** Rows as RFC 4180 has them: fields between commas, quoted where they must be, each row ended by CRLF. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map((field) => quoted(String(field))).join(",")}\r\n`).join("");
}

/** "Fields containing line breaks (CRLF), double quotes, and commas should be enclosed in double-quotes" (section 2). */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
