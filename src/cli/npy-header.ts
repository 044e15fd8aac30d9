import { ArgumentError } from "../index.ts";

export interface NpyHeader {
  /** NumPy's name of the type, "<f8". */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** One token of a Python literal, with the white space before it. Each alternative takes linear time. */
const token =
  /[ \t\r\n]*(?:(?<mark>[{}():,[\]])|(?<word>True|False)\b|(?<integer>0|[1-9]\d*)L?\b|'(?<single>[^'\\\n]*)'|"(?<double>[^"\\\n]*)")/y;

/**
 * Reads the Python literal of a .npy header, a dict of descr, fortran_order and shape:
 *
 *     header = "{" entry { "," entry } [ "," ] "}"
 *     entry  = "'descr'" ":" string | "'fortran_order'" ":" ( "True" | "False" ) | "'shape'" ":" tuple
 *     tuple  = "(" ")" | "(" integer "," ")" | "(" integer "," integer { "," integer } [ "," ] ")"
 *
 * Each key appears once, in any order. A long integer of Python 2 ends in L.
 * @throws ArgumentError where the text is anything else, or the array holds records
 */
export function parseNpyHeader(text: string, path: string): NpyHeader {
  let at = 0;

  function refuse(expected: string): never {
    const given = text.slice(at, at + 20).trim();
    throw new ArgumentError(
      `${path} has no .npy header: ${JSON.stringify(given)} given at its character ${at + 1}, ${expected} expected`,
    );
  }

  /** The text of the next token where it is of this kind; otherwise undefined, and the token remains. */
  function take(kind: "mark" | "word" | "integer" | "string", wanted?: string): string | undefined {
    token.lastIndex = at;
    const groups = token.exec(text)?.groups;
    const found = kind === "string" ? (groups?.single ?? groups?.double) : groups?.[kind];
    if (found === undefined || (wanted !== undefined && found !== wanted)) return undefined;
    at = token.lastIndex;
    return found;
  }

  function expect(mark: string): void {
    if (take("mark", mark) === undefined) refuse(`"${mark}"`);
  }

  function takeShape(): number[] {
    expect("(");
    const sizes: number[] = [];
    let comma = true;
    while (take("mark", ")") === undefined) {
      const size = comma ? Number(take("integer") ?? refuse("a size or a closing bracket")) : refuse("a comma");
      if (!Number.isSafeInteger(size)) refuse(`sizes of at most ${Number.MAX_SAFE_INTEGER}`);
      sizes.push(size);
      comma = take("mark", ",") !== undefined;
    }
    // (7) is a number in brackets, as in Python, and no tuple.
    if (sizes.length === 1 && !comma) refuse("a comma after the only size");
    return sizes;
  }

  const entries: { descr?: string; fortran_order?: boolean; shape?: number[] } = {};
  const values: Record<string, () => void> = {
    descr() {
      if (take("mark", "["))
        throw new ArgumentError(`${path} holds records; expected float32 or float64, 'f4' or 'f8'`);
      entries.descr = take("string") ?? refuse("the name of a type");
    },
    fortran_order() {
      entries.fortran_order = (take("word") ?? refuse("True or False")) === "True";
    },
    shape() {
      entries.shape = takeShape();
    },
  };

  expect("{");
  let comma = true;
  while (take("mark", "}") === undefined) {
    if (!comma) refuse("a comma or a closing brace");
    const key = take("string") ?? refuse("descr, fortran_order, shape or a closing brace");
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    delete values[key];
    expect(":");
    value ? value() : refuse("descr, fortran_order and shape, each once,");
    comma = take("mark", ",") !== undefined;
  }
  if (text.slice(at).trim() !== "") refuse("nothing after the closing brace");
  const { descr, fortran_order: fortranOrder, shape } = entries;
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    throw new ArgumentError(`${path} has no .npy header: descr, fortran_order and shape expected in it`);
  }
  return { descr, fortranOrder, shape };
}
