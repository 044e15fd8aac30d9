import type { Engine } from "../../src/index.ts";
import { byId, element } from "../shared/dom.ts";
import { describe, openSession, type PageWork } from "../shared/session.ts";
import { Status } from "../shared/status.ts";
import { benchmarkDescent } from "./descent/benchmark.ts";
import { descentDrawing } from "./descent/drawing.ts";
import { descentComparison } from "./descent/libraries.ts";
import type { DescentReport } from "./descent/report.ts";
import { descentText } from "./descent/text.ts";
import type { BenchmarkOptions } from "./measure.ts";
import { benchmarkSvd } from "./svd/benchmark.ts";
import { svdDrawing } from "./svd/drawing.ts";
import { svdComparison } from "./svd/libraries.ts";
import type { SvdReport } from "./svd/report.ts";
import { svdText } from "./svd/text.ts";
import { createView, type View } from "./view.ts";
import { benchmarkWidth } from "./width/benchmark.ts";
import { widthDrawing } from "./width/drawing.ts";
import { widthComparison } from "./width/forms.ts";
import type { WidthReport } from "./width/report.ts";
import { widthText } from "./width/text.ts";

/** The benchmarks by name, for the console and for `npm run bench`. */
export interface Benchmarks {
  readonly svd: (options: BenchmarkOptions<SvdReport>) => Promise<SvdReport>;
  readonly descent: (options: BenchmarkOptions<DescentReport>) => Promise<DescentReport>;
  readonly width: (options: BenchmarkOptions<WidthReport>) => Promise<WidthReport>;
}

declare global {
  interface Window {
    /** There while the page has an engine. */
    benchmarks?: Benchmarks | undefined;
  }
}

const views: Readonly<Record<string, View>> = {
  svd: createView(
    {
      name: "svd",
      sizes: svdComparison.sizes,
      largest: 256,
      measure: benchmarkSvd,
      drawing: svdDrawing,
      text: svdText,
    },
    "plot-times",
  ),
  descent: createView(
    {
      name: "descent",
      sizes: descentComparison.sizes,
      largest: 512,
      measure: benchmarkDescent,
      drawing: descentDrawing,
      text: descentText,
    },
    "plot-steps",
  ),
  width: createView(
    {
      name: "width",
      sizes: widthComparison.sizes,
      largest: 2 ** 16,
      measure: benchmarkWidth,
      drawing: widthDrawing,
      text: widthText,
    },
    "plot-widths",
  ),
};
const FIRST = "svd";

/** The address names the benchmark shown, benchmark.html#descent; one runs at a time, shown or not. */
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
    window.benchmarks = {
      svd: (options) => benchmarkSvd(engine, options),
      descent: (options) => benchmarkDescent(engine, options),
      width: (options) => benchmarkWidth(engine, options),
    };
    this.#status.say("Ready.");
  }

  stop(): void {
    this.#abort.abort();
    this.#engine = undefined;
    this.#run.disabled = true;
    window.benchmarks = undefined;
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
