import { curve, type Draw, draw, endLabels, nameOf, octaves, type Series, withRange } from "./plot-style.ts";
import type { TrackingData } from "./tracking.ts";

type Words = Omit<ReturnType<Draw<TrackingData>>, "svg"> & { readonly description: string };

/** Draws PSNR in dB against K: the two sine baselines and a curve for each activation, with `words` around it. */
export function psnrPlot({ description, ...words }: Words): Draw<TrackingData> {
  return ({ components, dst1, dst7, curves }, document) => {
    const lines = [
      { key: "dst1", psnr: dst1 },
      { key: "dst7", psnr: dst7 },
      ...curves.map(({ activation, psnr }) => ({ key: activation as string, psnr })),
    ];
    const series = lines.map(({ key, psnr }): Series => ({ key, label: nameOf(key), x: components, y: psnr }));
    const values = series.flatMap(({ y }) => y);
    const domain = [Math.floor(Math.min(...values) / 5) * 5, Math.ceil(Math.max(...values) / 5) * 5];
    const y = withRange({ domain, label: "PSNR, dB", grid: true, labelArrow: "none", ticks: 6 });
    return {
      ...words,
      svg: draw(document, description, {
        x: {
          ...octaves([components[0] as number, components.at(-1) as number]),
          label: "components to keep, K",
          labelAnchor: "center",
          labelArrow: "none",
        },
        y,
        marks: [...series.map(curve), ...endLabels(series, y)],
      }),
    };
  };
}
