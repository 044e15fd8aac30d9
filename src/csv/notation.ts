/** How a file writes its numbers. Each pattern takes time linear in a cell's length. */
export interface Notation {
  readonly decimalMark: "." | ",";
  /** Between groups of three digits. Such numbers are recognised here, and the reader refuses them. */
  readonly thousands?: "," | ".";
  readonly pattern: RegExp;
}

/** As in source code, and with exponents as in Fortran: 1.0D+03. */
export const decimalPoint: Notation = {
  decimalMark: ".",
  pattern: /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[ed][+-]?\d+)?$/i,
};

/** Digits are required on both sides of the comma: "1," is a number and an empty cell. */
export const decimalComma: Notation = { decimalMark: ",", pattern: /^[+-]?\d+(?:,\d+)?(?:[ed][+-]?\d+)?$/i };

/** At most 15 digits, as many as a float64 holds: a longer row of three-digit numbers is not one number. */
export const groupedByCommas: Notation = {
  decimalMark: ".",
  thousands: ",",
  pattern: /^[+-]?(?:\d{1,3}|[1-9]\d{0,2}(?:,\d{3}){1,4})(?:\.\d+)?$/,
};

export const groupedByPoints: Notation = {
  decimalMark: ",",
  thousands: ".",
  pattern: /^[+-]?(?:\d{1,3}|[1-9]\d{0,2}(?:\.\d{3}){1,4})(?:,\d+)?$/,
};

/** What programs write in place of a finite number. */
const notFinite = /^(?:[+-]?(?:nan|inf|infinity)|na|n\/a|null|none)$/i;

/** NaN for a word such as "inf" or "n/a"; undefined where the cell is not a number in this notation. */
export function toNumber(cell: string, { decimalMark, thousands, pattern }: Notation): number | undefined {
  const text = cell.trim();
  if (notFinite.test(text)) return Number.NaN;
  if (!pattern.test(text)) return undefined;
  const digits = thousands === undefined ? text : text.replaceAll(thousands, "");
  return Number(digits.replace(decimalMark, ".").replace(/d/i, "e"));
}

/** A name of a column begins with a letter, or with a bracket or a sign that no number begins with. */
export function isName(cell: string): boolean {
  const text = cell.trim();
  return /^[\p{L}_([{%$°\ufffd]/u.test(text) && !notFinite.test(text);
}

/** 0998: more likely the end of a decimal fraction than an integer. */
export function isPadded(cell: string): boolean {
  return /^[+-]?0\d/.test(cell.trim());
}
