const superscripts: Readonly<Record<string, string>> = {
  "-": "⁻",
  0: "⁰",
  1: "¹",
  2: "²",
  3: "³",
  4: "⁴",
  5: "⁵",
  6: "⁶",
  7: "⁷",
  8: "⁸",
  9: "⁹",
};

/** 10ⁿ of an integer n; 1 and 10 as they are. */
export function powerOfTen(exponent: number): string {
  if (exponent === 0 || exponent === 1) return String(10 ** exponent);
  return `10${[...String(exponent)].map((character) => superscripts[character]).join("")}`;
}

/** Two significant digits: 0.012, 3.4, 120 as they are, 2.0·10³ and 6.0·10⁻⁸ as powers of ten. */
export function brief(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 0.01 && magnitude < 1000) return String(Number(value.toPrecision(2))).replace("-", "−");
  const [mantissa, exponent] = value.toExponential(1).replace(/^-/, "−").split("e");
  return `${mantissa}·${powerOfTen(Number(exponent))}`;
}

/** `value` with `digits` decimals and a minus sign as it is set in print. */
export function fixed(value: number, digits: number): string {
  return value.toFixed(digits).replace("-", "−");
}

/** "a, b and c". */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** An activation as the paper writes it. */
export function title(activation: string): string {
  return (
    {
      heaviside: "Heaviside",
      relu: "ReLU",
      relu2: "ReLU²",
      gelu: "GELU",
      silu: "SiLU",
      gaussian: "Gaussian",
    }[activation] ?? activation
  );
}
