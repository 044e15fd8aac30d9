import type { Engine } from "../../src/index.ts";
import { byId, element } from "../shared/dom.ts";
import { PlotCard } from "../shared/plot-card.ts";
import { describe, openSession, type PageWork } from "../shared/session.ts";
import { Status } from "../shared/status.ts";
import { drawTimes } from "./plot.ts";
import { type SvdReport, sizes } from "./report.ts";
import { type BenchmarkOptions, benchmarkSvd } from "./svd.ts";
import { showTable } from "./table.ts";

/** The benchmarks by name, for the console and for `npm run bench`. */
export interface Benchmarks {
  readonly svd: (options: BenchmarkOptions) => Promise<SvdReport>;
}

declare global {
  interface Window {
    /** There while the page has an engine. */
    benchmarks?: Benchmarks | undefined;
  }
}

class BenchmarkPage implements PageWork {
  readonly #run = byId("run", HTMLButtonElement);
  readonly #largest = byId("largest", HTMLSelectElement);
  readonly #output = byId("output", HTMLElement);
  readonly #card = new PlotCard("plot-times", () => "benchmark-svd");
  readonly #status = new Status(() => this.#abort.abort());
  #abort = new AbortController();
  #engine: Engine | undefined;

  constructor() {
    this.#largest.append(...sizes.map((n) => element("option", n === 256 ? { selected: "" } : {}, String(n))));
    this.#run.addEventListener("click", () => void this.#measure());
    this.#card.empty("Press Run to measure.");
  }

  start(engine: Engine): void {
    this.#engine = engine;
    this.#run.disabled = false;
    window.benchmarks = { svd: (options) => benchmarkSvd(engine, options) };
    this.#status.say("Ready.");
  }

  stop(): void {
    this.#abort.abort();
    this.#engine = undefined;
    this.#run.disabled = true;
    window.benchmarks = undefined;
  }

  async #measure(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#run.disabled = true;
    this.#output.hidden = true;
    this.#card.empty("Measuring …");
    try {
      await benchmarkSvd(engine, {
        sizes: sizes.filter((n) => n <= Number(this.#largest.value)),
        signal: abort.signal,
        onStart: (what) => this.#status.busy(what),
        onReport: (report) => {
          this.#card.draw(drawTimes(report));
          showTable(report);
          this.#output.hidden = false;
        },
      });
      this.#status.say("Done.");
    } catch (error) {
      if (abort.signal.aborted) this.#status.say("Cancelled: what was measured so far is below.");
      else this.#status.say(describe(error), "error");
    } finally {
      this.#run.disabled = this.#engine === undefined;
    }
  }
}

void openSession(new BenchmarkPage());
