import { formatMilliseconds } from "../../src/format.ts";
import { type Engine, ShaderError } from "../../src/index.ts";
import { byId } from "../shared/dom.ts";
import { PlotCard } from "../shared/plot-card.ts";
import { describe, type PageWork } from "../shared/session.ts";
import { Status } from "../shared/status.ts";
import { type Basis, basisKey, computeBasis } from "./basis.ts";
import { computeResult, type Result } from "./computation.ts";
import type { Controls } from "./controls.ts";
import { showFacts, staleFacts } from "./facts.ts";
import { PlayerView } from "./player-view.ts";
import { drawComponents } from "./plots/components.ts";
import { drawReconstruction } from "./plots/reconstruction.ts";
import { drawSpectrum } from "./plots/spectrum.ts";
import { loadSignal } from "./signals.ts";
import type { State } from "./state.ts";
import type { Upload } from "./upload.ts";

/** A computation starts once the controls have not changed for this long. An SVD is expensive, a mask is cheap. */
const REST_FOR_SVD_MS = 200;
const REST_MS = 40;

/** Computes the plots anew when the controls change, and marks them as out of date until then. */
export class Explorer implements PageWork {
  upload: Upload | undefined;
  readonly #controls: Controls;
  readonly #cards;
  readonly #player: PlayerView;
  readonly #status = new Status(() => this.#cancel());
  readonly #again = byId("compute-again", HTMLButtonElement);
  /** An expression from the address that the user has not yet asked to compute: somebody else may have written the link. */
  #unasked: string | undefined;
  #engine: Engine | undefined;
  /** Whether the engine has compiled its shaders, so that times no longer include the compilation. */
  #warm = false;
  #basis: Basis | undefined;
  #abort = new AbortController();
  /** The computation under way, aborted or not. The next one waits until this one no longer uses the GPU. */
  #work: Promise<void> = Promise.resolve();

  constructor(controls: Controls, unasked: string | undefined) {
    this.#controls = controls;
    this.#unasked = unasked;
    const card = (name: string) =>
      new PlotCard(
        `plot-${name}`,
        () => `${name}-${controls.state.activation}-${controls.state.samples}x${controls.state.width}`,
      );
    this.#cards = {
      spectrum: card("spectrum"),
      mask: card("mask"),
      components: card("components"),
      reconstruction: card("reconstruction"),
      loss: card("loss"),
      fit: card("fit"),
    };
    this.#player = new PlayerView(this.#cards);
    this.#again.addEventListener("click", () => {
      this.#unasked = undefined;
      this.refresh();
    });
  }

  start(engine: Engine): void {
    this.#engine = engine;
    this.#warm = false;
    this.refresh();
  }

  stop(): void {
    this.#abort.abort();
    this.#engine = undefined;
    this.#basis = undefined;
    this.#markStale();
    this.#status.say("Stopped.");
  }

  /** Stops what is under way until the next `refresh`. `reason` is shown. */
  suspend(reason: string): void {
    this.#abort.abort();
    this.#markStale();
    const stopped = this.#player.clear();
    this.#work = this.#work.then(() => stopped);
    this.#status.say(reason);
  }

  /** The controls have changed: computes everything anew that depends on them. */
  refresh(): void {
    this.#abort.abort();
    const engine = this.#engine;
    if (!engine) return;
    const state = this.#controls.state;
    if (state.wgsl !== this.#unasked) this.#unasked = undefined;
    else if (state.activation === "wgsl") {
      this.suspend("The address brings an expression: read it before you compute.");
      this.#offer("Compute");
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.#markStale();
    const rest = this.#basis?.key === basisKey(state) ? REST_MS : REST_FOR_SVD_MS;
    const stopped = this.#player.clear();
    const before = this.#work;
    this.#status.busy("Computing");
    this.#work = (async () => {
      await Promise.all([before, stopped, new Promise((resolve) => setTimeout(resolve, rest))]);
      if (!abort.signal.aborted) await this.#compute(engine, state, abort.signal);
    })();
  }

  async #compute(engine: Engine, state: State, signal: AbortSignal): Promise<void> {
    try {
      const y = await loadSignal(state, this.upload);
      signal.throwIfAborted();
      const basis = await this.#basisFor(engine, state, signal);
      this.#controls.complainOfExpression("");
      const result = await computeResult(engine, basis, state, y, signal);
      signal.throwIfAborted();
      this.#draw(engine, result);
    } catch (error) {
      if (signal.aborted) return;
      const inExpression = error instanceof ShaderError && state.activation === "wgsl";
      if (inExpression) {
        const place = error.message.indexOf(`line ${error.line}, column ${error.column}: `);
        this.#controls.complainOfExpression(error.message.slice(place));
      }
      this.#status.say(inExpression ? "The expression does not compile." : describe(error), "error");
    }
  }

  async #basisFor(engine: Engine, state: State, signal: AbortSignal): Promise<Basis> {
    if (this.#basis?.key === basisKey(state)) return this.#basis;
    this.#basis?.destroy();
    this.#basis = undefined;
    const size = `SVD of ${state.samples} × ${state.width}`;
    this.#status.busy(size);
    this.#basis = await computeBasis(engine, state, {
      signal,
      onProgress: (progress) => {
        if (!signal.aborted) this.#status.busy(size, progress);
      },
    });
    return this.#basis;
  }

  #draw(engine: Engine, result: Result): void {
    this.#controls.showIterations(result.iterations);
    this.#cards.spectrum.draw(drawSpectrum(result));
    this.#cards.components.draw(drawComponents(result));
    this.#cards.reconstruction.draw(drawReconstruction(result));
    this.#player.load(engine, result);
    showFacts(result);
    byId("content", HTMLElement).dataset.state = "current";
    const { svd, milliseconds } = result.basis;
    const { samples, width } = result.state;
    this.#status.say(
      `SVD of ${samples} × ${width} in ${formatMilliseconds(milliseconds)}, ${svd.sweeps} ${svd.sweeps === 1 ? "sweep" : "sweeps"}${this.#warm ? "" : ", with the compilation of the shaders"}.`,
    );
    this.#warm = true;
  }

  #cancel(): void {
    this.#abort.abort();
    this.#status.say("Cancelled: the plots are out of date.");
    this.#offer("Compute again");
  }

  #offer(label: string): void {
    this.#again.textContent = label;
    this.#again.hidden = false;
  }

  #markStale(): void {
    for (const card of Object.values(this.#cards)) card.stale = true;
    staleFacts();
    this.#again.hidden = true;
    byId("content", HTMLElement).dataset.state = "stale";
  }
}
