import type { Engine } from "../../src/index.ts";
import { byId } from "../shared/dom.ts";
import { PlotCard } from "../shared/plot-card.ts";
import { describe, openSession, type PageWork } from "../shared/session.ts";
import { Status } from "../shared/status.ts";
import { benchmark, operations, type Timing } from "./measure.ts";
import { drawTimings } from "./plot.ts";
import { showTable } from "./table.ts";

const choice = (id: string) => Number(byId(id, HTMLSelectElement).value);

class BenchmarkPage implements PageWork {
  readonly #run = byId("run", HTMLButtonElement);
  readonly #card = new PlotCard("plot-timing", () => "benchmark");
  readonly #status = new Status(() => this.#abort.abort());
  #abort = new AbortController();
  #engine: Engine | undefined;

  constructor() {
    this.#run.addEventListener("click", () => void this.#measure());
    this.#card.empty("Press Run to measure.");
  }

  start(engine: Engine): void {
    this.#engine = engine;
    this.#run.disabled = false;
    this.#status.say("Ready.");
  }

  stop(): void {
    this.#abort.abort();
    this.#engine = undefined;
    this.#run.disabled = true;
  }

  async #measure(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#run.disabled = true;
    const runs = choice("runs");
    const { adapterName } = engine.info;
    const timings: Timing[] = [];
    byId("output", HTMLElement).hidden = true;
    this.#card.empty("Measuring …");
    try {
      await benchmark(engine, {
        largest: choice("largest"),
        runs,
        budget: choice("budget"),
        signal: abort.signal,
        onStart: (operation, width) => this.#status.busy(`${operations[operation]}, width ${width}`),
        onTiming: (timing) => {
          timings.push(timing);
          this.#card.draw(drawTimings(timings, adapterName));
          showTable(timings, adapterName, runs);
          byId("output", HTMLElement).hidden = false;
        },
      });
      this.#status.say("Done.");
    } catch (error) {
      if (abort.signal.aborted) this.#status.say("Cancelled: the times measured so far are below.");
      else this.#status.say(describe(error), "error");
    } finally {
      this.#run.disabled = this.#engine === undefined;
    }
  }
}

void openSession(new BenchmarkPage());
