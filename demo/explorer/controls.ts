import { title } from "../../src/format.ts";
import { activationNames } from "../../src/index.ts";
import { byId, element } from "../shared/dom.ts";
import { NumberField } from "./number-field.ts";
import { type NumberName, numberNames, type State, signals } from "./state.ts";

const PHOTOGRAPH_ROWS = 1024;

/** The form of the explorer. It holds the state, shows the fields that apply, and reports each change. */
export class Controls {
  #state: State;
  readonly #onChange: (state: State) => void;
  readonly #numbers: Readonly<Record<NumberName, NumberField>>;
  readonly #signal = byId("signal", HTMLSelectElement);
  readonly #activation = byId("activation", HTMLSelectElement);
  readonly #expression = byId("wgsl", HTMLInputElement);
  readonly #follow = byId("follow", HTMLInputElement);
  readonly #file = byId("file", HTMLInputElement);
  /** Rows of the uploaded picture; undefined for a series. */
  #uploadRows: number | undefined;

  constructor(state: State, onChange: (state: State) => void, onFile: (file: File) => void) {
    this.#state = state;
    this.#onChange = onChange;
    this.#signal.append(...Object.entries(signals).map(([value, label]) => element("option", { value }, label)));
    this.#activation.append(
      ...activationNames.map((name) => element("option", { value: name }, title(name))),
      element("option", { value: "wgsl" }, "your own, in WGSL"),
    );
    const createField = (name: NumberName) =>
      new NumberField(name, (value) =>
        this.#change(name === "iterations" ? { iterations: value, follow: false } : { [name]: value }),
      );
    this.#numbers = Object.fromEntries(numberNames.map((name) => [name, createField(name)])) as Record<
      NumberName,
      NumberField
    >;

    this.#signal.addEventListener("change", () => this.#change({ signal: this.#signal.value as State["signal"] }));
    this.#activation.addEventListener("change", () =>
      this.#change({ activation: this.#activation.value as State["activation"] }),
    );
    this.#expression.addEventListener("input", () => this.#change({ wgsl: this.#expression.value }));
    this.#follow.addEventListener("change", () => this.#change({ follow: this.#follow.checked }));
    this.#file.addEventListener("change", () => {
      const file = this.#file.files?.[0];
      if (file) onFile(file);
    });
    byId("controls", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
    this.#show();
  }

  get state(): State {
    return this.#state;
  }

  /** Shows that a file was read: a picture of `rows` rows, or a series and how it was `read`. */
  acceptFile({ rows, read = "" }: { rows?: number; read?: string }): void {
    this.#uploadRows = rows;
    this.#complain("file", "");
    byId("file-read", HTMLElement).textContent = read;
    this.#change({ signal: "upload", ...(rows !== undefined && { row: Math.floor(rows / 2) }) });
  }

  refuseFile(message: string): void {
    this.#complain("file", message);
    byId("file-read", HTMLElement).textContent = "";
  }

  /** Shows the compiler's message for the user's expression; "" where it compiled. */
  complainOfExpression(message: string): void {
    this.#complain("wgsl", message);
  }

  /** Shows the q that the computation used, where it follows from K. */
  showIterations(iterations: number): void {
    this.#numbers.iterations.value = iterations;
  }

  #change(part: Partial<State>): void {
    const next = { ...this.#state, ...part };
    this.#state = { ...next, components: Math.min(next.components, next.samples, next.width) };
    this.#show();
    this.#onChange(this.#state);
  }

  #show(): void {
    const state = this.#state;
    this.#numbers.components.max = Math.min(state.samples, state.width);
    this.#numbers.row.max = (state.signal === "upload" && this.#uploadRows ? this.#uploadRows : PHOTOGRAPH_ROWS) - 1;
    for (const name of numberNames) {
      if (name !== "iterations" || !state.follow) this.#numbers[name].value = state[name];
    }
    this.#signal.value = state.signal;
    this.#activation.value = state.activation;
    if (this.#expression.value !== state.wgsl) this.#expression.value = state.wgsl;
    this.#follow.checked = state.follow;

    const shown = {
      "row-field": state.signal === "photograph" || (state.signal === "upload" && this.#uploadRows !== undefined),
      "file-field": state.signal === "upload",
      "noise-field": state.signal === "noisy",
      "seed-field": state.signal === "noisy",
      "wgsl-field": state.activation === "wgsl",
    };
    for (const [id, visible] of Object.entries(shown)) byId(id, HTMLElement).hidden = !visible;
  }

  #complain(name: "file" | "wgsl", message: string): void {
    byId(`${name}-error`, HTMLElement).textContent = message;
    byId(name, HTMLInputElement).setAttribute("aria-invalid", String(message !== ""));
  }
}
