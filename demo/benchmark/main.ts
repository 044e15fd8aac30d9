import { type BenchmarkName, benchmarks, type Reports } from "../../src/benchmark/benchmarks.ts";
import type { BenchmarkOptions } from "../../src/benchmark/compare.ts";
import type { Engine } from "../../src/index.ts";
import { byId, element } from "../shared/dom.ts";
import { describe, openSession, type PageWork } from "../shared/session.ts";
import { Status } from "../shared/status.ts";
import { drawDescent, drawSvd, drawWidth } from "./drawings.ts";
import { createView, type View } from "./view.ts";

declare global {
  interface Window {
    /** Runs a benchmark, for the console and for `npm run bench`; set while the page has an engine. */
    runBenchmark?:
      | (<Name extends BenchmarkName>(name: Name, options: BenchmarkOptions<Reports[Name]>) => Promise<Reports[Name]>)
      | undefined;
  }
}

const views: Readonly<Record<string, View>> = {
  svd: createView("svd", { plotId: "plot-times", largest: 256, draw: drawSvd }),
  descent: createView("descent", { plotId: "plot-steps", largest: 512, draw: drawDescent }),
  width: createView("width", { plotId: "plot-widths", largest: 2 ** 16, draw: drawWidth }),
};
const FIRST = "svd";

/** The address names the benchmark that is shown: benchmark.html#descent. One runs at a time, shown or not. */
class BenchmarkPage implements PageWork {
  readonly #run = byId("run", HTMLButtonElement);
  readonly #largest = byId("largest", HTMLSelectElement);
  readonly #output = byId("output", HTMLElement);
  readonly #status = new Status(() => this.#abort.abort());
  #view = views[FIRST] as View;
  #abort = new AbortController();
  #engine: Engine | undefined;

  constructor() {
    this.#largest.addEventListener("change", () => {
      this.#view.largest = Number(this.#largest.value);
    });
    this.#run.addEventListener("click", () => void this.#measure());
    window.addEventListener("hashchange", () => this.#choose());
    this.#choose();
  }

  start(engine: Engine): void {
    this.#engine = engine;
    this.#run.disabled = false;
    window.runBenchmark = (name, options) => benchmarks[name].measure(engine, options);
    this.#status.say("Ready.");
  }

  stop(): void {
    this.#abort.abort();
    this.#engine = undefined;
    this.#run.disabled = true;
    window.runBenchmark = undefined;
  }

  #choose(): void {
    const named = location.hash.slice(1);
    const name = named in views ? named : FIRST;
    this.#view = views[name] as View;
    for (const part of document.querySelectorAll<HTMLElement>("[data-benchmark]")) {
      part.hidden = part.dataset.benchmark !== name;
    }
    for (const link of document.querySelectorAll("#choice a")) {
      if (link.getAttribute("href") === `#${name}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const { sizes, largest } = this.#view;
    this.#largest.replaceChildren(
      ...sizes.map((n) => element("option", n === largest ? { selected: "" } : {}, String(n))),
    );
    this.#showTable();
  }

  #showTable(): void {
    this.#output.hidden = !this.#view.showTable();
  }

  async #measure(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    const abort = new AbortController();
    const measured = this.#view;
    this.#abort = abort;
    this.#run.disabled = true;
    this.#output.hidden = true;
    try {
      await measured.measure(engine, {
        signal: abort.signal,
        onStart: (what) => this.#status.busy(what),
        onReport: () => this.#view === measured && this.#showTable(),
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
