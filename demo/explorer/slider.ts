import { formatNumber } from "../../src/format.ts";
import { byId } from "../shared/dom.ts";
import { clamp, type NumberName, ranges } from "./state.ts";

/** Keyboard steps from end to end of a logarithmic slider. */
const STEPS = 200;

/** A number as a slider and as a field for exact values, which move together. */
export class Slider {
  readonly #slider: HTMLInputElement;
  readonly #field: HTMLInputElement;
  readonly #min: number;
  #max: number;

  /** Binds the inputs `<name>` and `<name>-exact`. */
  constructor(
    readonly name: NumberName,
    onChange: (value: number) => void,
  ) {
    this.#slider = byId(name, HTMLInputElement);
    this.#field = byId(`${name}-exact`, HTMLInputElement);
    const { min, max, log, integer } = ranges[name];
    this.#min = min;
    this.#max = max;
    this.#slider.min = log ? "0" : String(min);
    this.#slider.max = log ? String(STEPS) : String(max);
    this.#slider.step = log || integer ? "1" : "any";
    this.#field.step = integer ? "1" : "any";
    this.#field.min = String(min);
    this.#field.max = String(max);

    this.#slider.addEventListener("input", () => {
      const value = this.#fromPosition(Number(this.#slider.value));
      this.#describe(value);
      onChange(value);
    });
    this.#field.addEventListener("change", () => {
      const value = this.#limited(this.#field.value === "" ? Number.NaN : Number(this.#field.value));
      if (value !== undefined) onChange(value);
    });
  }

  /** Shows a value, which may lie beyond the slider's ends where the page computed it. */
  set value(value: number) {
    const { log } = ranges[this.name];
    this.#describe(value);
    if (document.activeElement === this.#slider && this.#fromPosition(Number(this.#slider.value)) === value) return;
    const position = log ? (STEPS * Math.log(value / this.#min)) / Math.log(this.#max / this.#min) : value;
    this.#slider.value = String(position);
  }

  /** Lowers the greatest value that the slider can take. */
  set max(max: number) {
    this.#max = max;
    this.#field.max = String(max);
    if (!ranges[this.name].log) this.#slider.max = String(max);
  }

  #describe(value: number): void {
    this.#field.value = value < 1e9 ? String(Number(value.toPrecision(15))) : value.toExponential(2);
    this.#slider.setAttribute("aria-valuetext", formatNumber(value));
  }

  #limited(value: number): number | undefined {
    const allowed = clamp(this.name, value);
    return allowed === undefined ? undefined : Math.min(allowed, this.#max);
  }

  #fromPosition(position: number): number {
    const { log, integer } = ranges[this.name];
    const exact = log ? this.#min * (this.#max / this.#min) ** (position / STEPS) : position;
    const rounded = integer ? Math.round(exact) : Number(exact.toPrecision(log ? 3 : 2));
    return this.#limited(rounded) ?? this.#min;
  }
}
