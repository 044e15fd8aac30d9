import type { Engine } from "../../src/index.ts";
import { lumaOfRgba, photographRows } from "../../src/paper/photograph.ts";
import { type Reproduction, reproduce } from "../../src/paper/reproduce.ts";
import { byId } from "../shared/dom.ts";
import { save } from "../shared/download.ts";
import { loadPhotograph } from "../shared/picture.ts";
import { describe, openSession, type PageWork } from "../shared/session.ts";
import { Status } from "../shared/status.ts";
import { showConclusion, showNothing } from "./output.ts";

class FiguresPage implements PageWork {
  readonly #run = byId("run", HTMLButtonElement);
  readonly #download = byId("download", HTMLButtonElement);
  readonly #samples = byId("samples", HTMLSelectElement);
  readonly #status = new Status(() => this.#abort.abort());
  #abort = new AbortController();
  #engine: Engine | undefined;
  #reproduction: Reproduction | undefined;

  constructor() {
    showNothing();
    this.#run.addEventListener("click", () => void this.#compute());
    this.#download.addEventListener("click", () => {
      if (this.#reproduction) save("figures.json", toJson(this.#reproduction), "application/json");
    });
  }

  start(engine: Engine): void {
    this.#engine = engine;
    this.#samples.value = engine.info.software ? "64" : "256";
    this.#run.disabled = false;
    this.#status.say("Ready.");
  }

  stop(): void {
    this.#abort.abort();
    this.#engine = undefined;
    this.#run.disabled = true;
  }

  async #compute(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#run.disabled = true;
    this.#download.disabled = true;
    showNothing();
    this.#status.busy("Computing");
    const start = performance.now();
    try {
      const { rgba, width, height } = await loadPhotograph();
      const { row, others } = photographRows(lumaOfRgba(rgba, height, width), Number(this.#samples.value));
      const reproduction = await reproduce(engine, {
        row,
        others,
        signal: abort.signal,
        onProgress: (progress) => this.#status.busy("Computing", progress),
        onConclusion: showConclusion,
      });
      this.#reproduction = reproduction;
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      this.#download.disabled = false;
      this.#status.say(`Done in ${seconds} s, on ${reproduction.adapter}, from a row of ${row.length} samples.`);
    } catch (error) {
      if (abort.signal.aborted) this.#status.say("Cancelled.");
      else this.#status.say(describe(error), "error");
    } finally {
      this.#run.disabled = this.#engine === undefined;
    }
  }
}

function toJson(reproduction: Reproduction): string {
  const plain = (_: string, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
  return `${JSON.stringify(reproduction, plain, 1)}\n`;
}

void openSession(new FiguresPage());
