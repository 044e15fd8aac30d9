/** Numbers and names as text: for figures, tables and pages. */

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** An integer as an exponent: "⁻¹²". */
export function superscript(exponent: number): string {
  return String(exponent).replace(/./g, (character) => superscripts[Number(character)] ?? "⁻");
}

/** 10ⁿ for an integer n: "1", "10", "10²" … */
export function powerOfTen(exponent: number): string {
  return exponent === 0 || exponent === 1 ? String(10 ** exponent) : `10${superscript(exponent)}`;
}

/** In a page, by default three significant digits: 0.0312, 961, 1.24 × 10⁶. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-3) {
    const [mantissa = "", exponent = ""] = value.toExponential(digits - 1).split("e");
    return withMinus(`${Number(mantissa)} × 10${superscript(Number(exponent))}`);
  }
  if (Number.isInteger(value) || magnitude >= 10 ** digits) return withMinus(Math.round(value).toLocaleString("en"));
  return withMinus(String(Number(value.toPrecision(digits))));
}

/** In the text of a claim, two significant digits: 0.012, 3.4, 120 as they are, 2.0·10³ and 6.0·10⁻⁸ as powers of ten. */
export function brief(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 0.01 && magnitude < 1000) return withMinus(String(Number(value.toPrecision(2))));
  const [mantissa = "", exponent] = value.toExponential(1).split("e");
  return `${withMinus(mantissa)}·${powerOfTen(Number(exponent))}`;
}

/** `value` with `digits` decimals. */
export function fixed(value: number, digits: number): string {
  return withMinus(value.toFixed(digits));
}

export function formatDecibels(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "exact" : `${fixed(value, 1)} dB`;
}

export function formatMilliseconds(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${Number(ms.toPrecision(2))} ms`;
}

/** "a, b and c". */
export function list(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** An activation's name as the paper writes it. */
export function title(activation: string): string {
  const [relu, power = ""] = /^relu(\d*)$/.exec(activation) ?? [];
  if (relu) return `ReLU${power && superscript(Number(power))}`;
  return { heaviside: "Heaviside", gelu: "GELU", silu: "SiLU", gaussian: "Gaussian" }[activation] ?? activation;
}

/** With a minus sign in place of the hyphen of a negative number. */
function withMinus(text: string): string {
  return text.replace("-", "−");
}
