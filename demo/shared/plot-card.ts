import { byId, element } from "./dom.ts";
import { save, standaloneSvg, type Table, toCsv } from "./download.ts";
import { addLegend, type LegendEntry, legendList } from "./legend.ts";

/** What draws a plot, again for each width of its card, with its legend and its data. */
export interface Drawing {
  readonly render: (width: number) => Element;
  readonly legend: readonly LegendEntry[];
  /** The plotted numbers, for the CSV file. */
  readonly table: Table;
}

/** A figure of the page: title, legend, plot, caption, and its data as CSV and SVG. */
export class PlotCard {
  readonly #card: HTMLElement;
  readonly #plot: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #buttons: HTMLButtonElement[];
  #drawing: Drawing | undefined;
  #width = 0;

  /** `fileName` returns the name of a file that is saved, without its ending. */
  constructor(id: string, fileName: () => string) {
    this.#card = byId(id, HTMLElement);
    const title = this.#card.querySelector("h3")?.textContent ?? id;
    this.#legend = element("div");
    this.#plot = element("div", { class: "plot" });
    this.#card.querySelector("header")?.after(this.#legend, this.#plot);

    const button = (kind: string, onClick: (drawing: Drawing) => void) => {
      const made = element("button", { type: "button", class: "link", "aria-label": `${kind} of ${title}` }, kind);
      made.addEventListener("click", () => this.#drawing && onClick(this.#drawing));
      return made;
    };
    this.#buttons = [
      button("CSV", ({ table }) => save(`${fileName()}.csv`, toCsv(table), "text/csv")),
      button("SVG", ({ legend }) => {
        const svg = this.#plot.querySelector("svg");
        if (svg) save(`${fileName()}.svg`, standaloneSvg(addLegend(svg, title, legend), title), "image/svg+xml");
      }),
    ];
    this.#card.querySelector("header")?.append(...this.#buttons);
    this.stale = true;

    new ResizeObserver(() => {
      const width = Math.floor(this.#plot.clientWidth);
      if (width !== this.#width) this.#redraw(width);
    }).observe(this.#plot);
  }

  /** Shows a new result. The card is current from then on. */
  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    this.#legend.replaceChildren(legendList(drawing.legend));
    this.#redraw(Math.floor(this.#plot.clientWidth));
    this.stale = false;
  }

  /** Shows a message where there is no plot yet. */
  empty(message: string): void {
    this.#drawing = undefined;
    this.#legend.replaceChildren();
    this.#plot.replaceChildren(element("p", { class: "empty" }, message));
    for (const button of this.#buttons) button.disabled = true;
    this.#card.dataset.stale = "false";
  }

  /** True while the card does not show the result of the page's controls. */
  set stale(stale: boolean) {
    this.#card.dataset.stale = String(stale);
    this.#card.setAttribute("aria-busy", String(stale));
    for (const button of this.#buttons) button.disabled = stale;
  }

  #redraw(width: number): void {
    this.#width = width;
    if (this.#drawing && width > 0) this.#plot.replaceChildren(this.#drawing.render(width));
  }
}
