/** Lines up cells in columns of the given widths, wrapped at spaces, with a rule below the first row. */
export function formatTable(
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  between: "\n" | "\n\n" = "\n\n",
): string {
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  const [head = "", ...body] = rows.map((row) => formatRow(row, widths));
  return [head, rule, body.join(between)].join("\n");
}

function formatRow(cells: readonly string[], widths: readonly number[]): string {
  const columns = widths.map((width, i) => wrap(cells[i] ?? "", width));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    widths
      .map((width, i) => (columns[i]?.[line] ?? "").padEnd(width))
      .join("  ")
      .trimEnd(),
  ).join("\n");
}

/** Breaks at spaces. A word that is longer than the width is cut. */
function wrap(text: string, width: number): string[] {
  return text.match(new RegExp(`\\S.{0,${width - 1}}(?=\\s|$)|\\S{1,${width}}`, "g")) ?? [""];
}
