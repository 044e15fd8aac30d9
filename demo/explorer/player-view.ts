import { formatDecibels, formatNumber } from "../../src/format.ts";
import { type Engine, psnr } from "../../src/index.ts";
import { byId } from "../shared/dom.ts";
import type { PlotCard } from "../shared/plot-card.ts";
import type { Result } from "./computation.ts";
import { DescentPlayer } from "./player.ts";
import { drawFit } from "./plots/fit.ts";
import { drawLoss } from "./plots/loss.ts";
import { drawMask } from "./plots/mask.ts";

/** The least time from one picture to the next; the second where the user prefers reduced motion. */
const FRAME_MS = 60;
const CALM_FRAME_MS = 1000;
/** The speed of a chunk with at least this many steps predicts the speed of the rest. */
const STEADY_CHUNK = 50;

/** The part of the page that runs gradient descent: its buttons, its texts, and the three plots that follow the run. */
export class PlayerView {
  #player: DescentPlayer | undefined;
  readonly #play = byId("play", HTMLButtonElement);
  readonly #step = byId("step", HTMLButtonElement);
  readonly #reset = byId("reset", HTMLButtonElement);
  readonly #news = byId("descent-news", HTMLElement);
  readonly #readout = byId("descent-readout", HTMLElement);

  constructor(readonly cards: { readonly mask: PlotCard; readonly loss: PlotCard; readonly fit: PlotCard }) {
    this.#play.addEventListener("click", () => {
      if (this.#player?.status === "running") this.#player.pause();
      else this.#player?.play();
    });
    this.#step.addEventListener("click", () => this.#player?.stepOnce());
    this.#reset.addEventListener("click", () => {
      const player = this.#player;
      if (player) void this.clear().then(() => this.load(player.engine, player.result));
    });
    this.#enable(false);
  }

  /** Prepares a run of this result from w = 0. */
  load(engine: Engine, result: Result): void {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#player = new DescentPlayer(engine, result, (player) => this.#show(player), calm ? CALM_FRAME_MS : FRAME_MS);
    this.#show(this.#player);
  }

  /** Stops the run, if there is one. Resolves when it no longer uses the GPU. */
  async clear(): Promise<void> {
    const player = this.#player;
    this.#player = undefined;
    this.#enable(false);
    this.#news.textContent = "";
    this.#readout.textContent = "";
    await player?.dispose();
  }

  #enable(enabled: boolean): void {
    for (const button of [this.#play, this.#step, this.#reset]) button.disabled = !enabled;
  }

  #show(player: DescentPlayer): void {
    if (player !== this.#player) return;
    const running = player.status === "running";
    this.#play.textContent = running ? "Pause" : "Play";
    this.#play.disabled = player.status === "done" || player.status === "diverged";
    this.#step.disabled = running || player.status === "diverged";
    this.#reset.disabled = player.status === "ready";

    const bad = player.status === "diverged" || player.status === "failed";
    this.#news.dataset.kind = bad ? "error" : "news";
    const news = newsOf(player);
    if (this.#news.textContent !== news) this.#news.textContent = news;
    this.#readout.textContent = readoutOf(player);
    this.cards.mask.draw(drawMask(player.result, player.step > 0 ? player : player.result.probe));
    this.cards.loss.draw(drawLoss(player));
    this.cards.fit.draw(drawFit(player));
  }
}

function newsOf({ status, step, target, message, result }: DescentPlayer): string {
  const rate = formatNumber(result.state.rate);
  switch (status) {
    case "ready":
      return `Ready to run ${formatNumber(target)} ${target === 1 ? "step" : "steps"} from w = 0.`;
    case "running":
      return "Running.";
    case "paused":
      return `Paused at step ${step.toLocaleString("en")}.`;
    case "done":
      return `Done: ${step.toLocaleString("en")} steps.`;
    case "diverged":
      return `${message} The learning rate is ${rate}/σ₁²; only below 2/σ₁² does gradient descent converge.`;
    case "failed":
      return `The run failed: ${message}`;
  }
}

function readoutOf({ step, target, losses, stepsPerSecond, chunk, result, output, status }: DescentPlayer): string {
  if (step === 0) return "";
  const parts = [
    `step ${step.toLocaleString("en")} of ${formatNumber(target)}`,
    `loss ${formatNumber(losses.at(-1) ?? Number.NaN)} (mask: ${formatNumber(result.prediction.loss(step))})`,
    `PSNR ${formatDecibels(psnr(result.y, output))}`,
  ];
  if (chunk >= STEADY_CHUNK) parts.push(`${formatNumber(stepsPerSecond, 2)} steps/s`);
  const seconds = (target - step) / stepsPerSecond;
  if (status === "running" && chunk >= STEADY_CHUNK && seconds > 20) parts.push(`${formatDuration(seconds)} to go`);
  return parts.join(" · ");
}

function formatDuration(seconds: number): string {
  const units = [
    [31_557_600, "years"],
    [86_400, "days"],
    [3600, "hours"],
    [60, "minutes"],
  ] as const;
  const [size, unit] = units.find(([size]) => seconds >= 2 * size) ?? [1, "seconds"];
  return `about ${formatNumber(seconds / size, 2)} ${unit}`;
}
