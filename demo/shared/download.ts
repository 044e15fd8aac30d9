/** Columns by name. A shorter one ends in empty cells. */
export type Table = Readonly<Record<string, ArrayLike<number | string>>>;

export function toCsv(table: Table): string {
  const columns = Object.values(table);
  const rows = Math.max(0, ...columns.map((column) => column.length));
  const cell = (value: number | string | undefined) => {
    const text = String(value ?? "");
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [Object.keys(table).map(cell).join(",")];
  for (let row = 0; row < rows; row++) lines.push(columns.map((column) => cell(column[row])).join(","));
  return `${lines.join("\n")}\n`;
}

export function save(name: string, content: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * A drawing as a file of its own: the page's custom properties are replaced by the colours that they have now, and the
 * background is painted.
 */
export function standaloneSvg(svg: SVGSVGElement, title: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const style = getComputedStyle(document.body);
  const resolve = (text: string) =>
    text.replace(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim());
  for (const node of [copy, ...copy.querySelectorAll<SVGElement>("*")]) {
    for (const attribute of [...node.attributes]) {
      if (attribute.value.includes("var(--")) attribute.value = resolve(attribute.value);
    }
  }
  const heading = document.createElementNS("http://www.w3.org/2000/svg", "title");
  heading.textContent = title;
  copy.prepend(heading);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute(
    "style",
    `color: ${style.color}; background: ${resolve("var(--ground)")}; font-family: ${style.fontFamily.replaceAll('"', "'")}; font-size: 11px; overflow: visible`,
  );
  return new XMLSerializer().serializeToString(copy);
}
