const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Three significant digits for reading: 0.0312, 961, 1.24 × 10⁶. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-3) {
    const [mantissa = "", exponent = ""] = value.toExponential(digits - 1).split("e");
    return `${Number(mantissa)} × 10${superscript(Number(exponent))}`.replace("-", "−");
  }
  if (Number.isInteger(value) || magnitude >= 10 ** digits)
    return Math.round(value).toLocaleString("en").replace("-", "−");
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

function superscript(exponent: number): string {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => superscripts[Number(digit)] ?? "");
  return exponent < 0 ? `⁻${digits}` : digits;
}

/** Values to mark on a logarithmic axis: powers of ten where there are enough of them, else 1, 2, 5 in between. */
export function logTicks([low, high]: readonly [number, number], most = 7): number[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const inside = (value: number) => value >= low * 0.999 && value <= high * 1.001;
  const powers = decades.map((exponent) => Number(`1e${exponent}`)).filter(inside);
  if (powers.length < 3) return decades.flatMap((e) => [1, 2, 5].map((d) => Number(`${d}e${e}`))).filter(inside);
  const stride = Math.ceil(powers.length / most);
  return powers.filter((_, i) => (powers.length - 1 - i) % stride === 0);
}

/** A tick of a logarithmic axis: powers of ten as 10⁻³, other values in full. */
export function logTick(value: number): string {
  if (value >= 0.001 && value <= 1000) return String(value);
  const [digit, exponent] = value.toExponential(0).split("e");
  return `${digit === "1" ? "" : `${digit} × `}10${superscript(Number(exponent))}`;
}

export function formatDecibels(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "exact" : `${value.toFixed(1).replace("-", "−")} dB`;
}

export function formatMilliseconds(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${Number(ms.toPrecision(2))} ms`;
}
