import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Plugin } from "vite";

/** Puts the head and the body of each page into frame.html, which holds what the pages share. */
export function pageFrame(): Plugin {
  return {
    name: "page-frame",
    transformIndexHtml: {
      order: "pre",
      handler(page, { filename }) {
        const ownLink = `<a href="./${basename(filename)}"`;
        return readFileSync(join(import.meta.dirname, "frame.html"), "utf8")
          .replace(ownLink, `${ownLink} aria-current="page"`)
          .replace("<!-- head -->", () => contents(page, "head"))
          .replace("<!-- body -->", () => contents(page, "body"));
      },
    },
  };
}

function contents(page: string, tag: "head" | "body"): string {
  return new RegExp(`<${tag}>(.*)</${tag}>`, "s").exec(page)?.[1]?.trim() ?? "";
}
