import { createEngine, type Engine, NoAdapterError } from "../../src/index.ts";
import { byId, element } from "./dom.ts";

/** What a page does with an engine. `stop` is called when the engine is lost. */
export interface PageWork {
  start(engine: Engine): void;
  stop(): void;
}

/**
 * Opens an engine for the page and starts `work` with it. Names the adapter in the masthead, says what to do where there is
 * no WebGPU, and offers to start again where the device is lost.
 */
export async function openSession(work: PageWork): Promise<void> {
  let engine: Engine;
  try {
    engine = await createEngine();
  } catch (error) {
    nameAdapter("no WebGPU");
    if (error instanceof NoAdapterError) showAdvice(error.message);
    else showBanner(`The GPU did not start: ${describe(error)}`, work);
    return;
  }
  nameAdapter(`${engine.info.adapterName} · float32`, engine.info.software);
  work.start(engine);
  const lost = await engine.lost;
  work.stop();
  engine.destroy();
  showBanner(`${capitalise(lost.message)}. Nothing on this page is being computed now.`, work);
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function nameAdapter(name: string, software = false): void {
  const line = byId("adapter", HTMLElement);
  const isUnnamed = name.startsWith("software adapter"); // the browser gives no name
  line.replaceChildren(name, ...(software && !isUnnamed ? [" · ", element("strong", {}, "software adapter")] : []));
  byId("software-hint", HTMLElement).hidden = !software;
}

function showBanner(message: string, work: PageWork): void {
  const again = element("button", { type: "button", class: "primary" }, "Start again");
  const banner = element("div", { class: "banner", role: "alert", id: "banner" }, element("p", {}, message), again);
  again.addEventListener("click", () => {
    banner.remove();
    void openSession(work);
  });
  byId("main", HTMLElement).prepend(banner);
}

function showAdvice(reason: string): void {
  byId("advice-reason", HTMLElement).textContent = navigator.gpu
    ? `${capitalise(reason)}.`
    : "This browser does not offer WebGPU here.";
  byId("advice-https", HTMLElement).hidden = window.isSecureContext;
  byId("advice", HTMLElement).hidden = false;
  byId("content", HTMLElement).hidden = true;
}
