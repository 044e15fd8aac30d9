import { curve, type Draw, draw, endLabels, nameOf, octaves, type Series, withRange } from "./plot-style.ts";
import type { PsnrFigure } from "./tracking.ts";

type Words = Omit<ReturnType<Draw<PsnrFigure>>, "svg"> & { readonly description: string };

function psnrPlot({ description, ...words }: Words): Draw<PsnrFigure> {
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

/** PSNR against K where the iterations are chosen by K. */
export const figure6a = psnrPlot({
  title: "Iterations choose the components of tanh and ReLU",
  caption:
    "A row of a photograph fitted with q = (σ₁/σ_K)² iterations and ω = M. tanh and ReLU rise with K, as the sine transforms " +
    "with K coefficients do; sinc and Gaussian fit equally well for every K.",
  description: "PSNR against components to keep, iterations chosen by Proposition 4.2",
});

/** PSNR against K where the scale is chosen by K. */
export const figure6b = psnrPlot({
  title: "The scale chooses the components of sinc and Gaussian",
  caption:
    "The same row after 10 iterations with ω = K. sinc and Gaussian rise with K, as the sine transforms do; tanh and ReLU hardly " +
    "change.",
  description: "PSNR against components to keep, ten iterations, the scale equal to K",
});
