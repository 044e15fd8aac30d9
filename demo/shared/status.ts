import type { Progress } from "../../src/index.ts";
import { byId } from "./dom.ts";

/** The page's one line of news, read out by screen readers, with a bar and a cancel button while work goes on. */
export class Status {
  readonly #line = byId("status", HTMLElement);
  readonly #message = byId("status-message", HTMLElement);
  readonly #progress = byId("status-progress", HTMLProgressElement);
  readonly #cancel = byId("cancel", HTMLButtonElement);

  constructor(onCancel: () => void) {
    this.#cancel.addEventListener("click", onCancel);
  }

  say(message: string, kind: "news" | "error" = "news"): void {
    this.#show(message, kind, false);
  }

  /** Work began or goes on; the text changes with the stage only, so that it is not read out at every percent. */
  busy(message: string, progress?: Progress): void {
    this.#show(progress ? `${message}: ${progress.stage}` : message, "news", true);
    if (progress) this.#progress.value = progress.fraction;
    else this.#progress.removeAttribute("value");
  }

  #show(message: string, kind: string, busy: boolean): void {
    if (this.#message.textContent !== message) this.#message.textContent = message;
    this.#line.dataset.kind = kind;
    this.#progress.hidden = !busy;
    this.#cancel.hidden = !busy;
  }
}
