import type { Progress } from "../../src/index.ts";
import { byId, element } from "./dom.ts";

/** The page's status line, which screen readers read out, with a progress bar and a cancel button during work. */
export class Status {
  readonly #line = byId("status", HTMLElement);
  readonly #message = element("span", { class: "message", id: "status-message", role: "status" });
  readonly #progress = element("progress", { id: "status-progress", max: "1", "aria-label": "Progress", hidden: "" });
  readonly #cancel = element("button", { type: "button", id: "cancel", class: "link", hidden: "" }, "Cancel");

  constructor(onCancel: () => void) {
    this.#line.prepend(this.#message, this.#progress, this.#cancel);
    this.#cancel.addEventListener("click", onCancel);
  }

  say(message: string, kind: "news" | "error" = "news"): void {
    this.#show(message, kind, false);
  }

  /** Shows that work is under way. The text changes only with the stage, so that screen readers do not read out every percent. */
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
