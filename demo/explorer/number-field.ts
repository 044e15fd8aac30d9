import { formatNumber } from "../../src/format.ts";
import { byId, element } from "../shared/dom.ts";
import { clamp, type NumberName, type NumberSetting, ranges } from "./state.ts";

/** Keyboard steps from end to end of a logarithmic slider. */
const STEPS = 200;

/** A number of the state: an input for exact values and a slider, which move together. */
export class NumberField {
  readonly #name: NumberName;
  readonly #range: NumberSetting;
  readonly #slider: HTMLInputElement;
  readonly #exact: HTMLInputElement;
  #max: number;

  /** Fills the element `<name>-field` of the page. */
  constructor(name: NumberName, onChange: (value: number) => void) {
    const range = ranges[name];
    const { min, max, log, integer, label, symbol, unit = "", marks = [] } = range;
    this.#name = name;
    this.#range = range;
    this.#max = max;
    const words = element("label", { for: `${name}-exact` }, label);
    if (symbol) words.append(" ", element("i", {}, symbol), unit);
    this.#exact = element("input", {
      type: "number",
      id: `${name}-exact`,
      min: String(min),
      max: String(max),
      step: integer ? "1" : "any",
    });
    this.#slider = element("input", {
      type: "range",
      id: name,
      min: log ? "0" : String(min),
      max: log ? String(STEPS) : String(max),
      step: log || integer ? "1" : "any",
      "aria-label": `${words.textContent}, slider`,
    });
    const spans = marks.map(({ value, label, side }) =>
      element("span", { class: side, style: `--at: ${this.#position(value) / STEPS}` }, label),
    );
    const rail =
      marks.length > 0
        ? element(
            "div",
            { class: "rail" },
            this.#slider,
            element("div", { class: "marks", "aria-hidden": "true" }, ...spans),
          )
        : this.#slider;
    byId(`${name}-field`, HTMLElement).prepend(words, this.#exact, rail);

    this.#slider.addEventListener("input", () => {
      const value = this.#valueAt(Number(this.#slider.value));
      this.#describe(value);
      onChange(value);
    });
    this.#exact.addEventListener("change", () => {
      const value = this.#limited(this.#exact.value === "" ? Number.NaN : Number(this.#exact.value));
      if (value !== undefined) onChange(value);
    });
  }

  /** Shows a value, which may lie beyond the slider's ends where the page computed it. */
  set value(value: number) {
    this.#describe(value);
    if (document.activeElement === this.#slider && this.#valueAt(Number(this.#slider.value)) === value) return;
    this.#slider.value = String(this.#position(value));
  }

  /** Lowers the largest value that can be chosen. */
  set max(max: number) {
    this.#max = max;
    this.#exact.max = String(max);
    if (!this.#range.log) this.#slider.max = String(max);
  }

  #describe(value: number): void {
    this.#exact.value = value < 1e9 ? String(Number(value.toPrecision(15))) : value.toExponential(2);
    this.#slider.setAttribute("aria-valuetext", formatNumber(value));
  }

  #limited(value: number): number | undefined {
    const allowed = clamp(this.#name, value);
    return allowed === undefined ? undefined : Math.min(allowed, this.#max);
  }

  /** Where the slider stands for a value: from 0 to STEPS on a logarithmic one. */
  #position(value: number): number {
    const { min, log } = this.#range;
    return log ? (STEPS * Math.log(value / min)) / Math.log(this.#max / min) : value;
  }

  #valueAt(position: number): number {
    const { min, log, integer } = this.#range;
    const exact = log ? min * (this.#max / min) ** (position / STEPS) : position;
    const rounded = integer ? Math.round(exact) : Number(exact.toPrecision(log ? 3 : 2));
    return this.#limited(rounded) ?? min;
  }
}
