/** A table as text that spreadsheets read (RFC 4180). */

const NEGATIVE = /^-(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|Infinity)$/;

/** A cell that a spreadsheet would take for a formula begins with a quote instead; a negative number is none. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && !NEGATIVE.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const toCsv = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
