import { quoted } from "../checks/values.ts";
import { ShaderError } from "../errors.ts";
import {
  binaryOperators,
  functions,
  type Signature,
  unaryOperators,
  type Value,
  type ValueType,
} from "./expression-functions.ts";

/** One operation of an expression: a literal, z, an operator or a call. */
interface Operation {
  /** Its WGSL, in terms of z and of the operations before it, named v0, v1, … */
  readonly wgsl: string;
  /** Its index in the source. */
  readonly index: number;
}

/** An expression as a sequence of operations: each takes results of earlier ones, and the last one gives η(z). */
export interface Expression {
  readonly source: string;
  readonly operations: readonly Operation[];
  /** η(z) in float64. */
  readonly value: (z: number) => number;
}

/** The most characters of an expression: they bound the length of its code. */
const MAX_CHARACTERS = 2 ** 10;
/** The most levels of nesting; the parser calls itself at each of them. */
const MAX_NESTING = 100;

/** White space and comments, then a number with all letters, digits and points that follow it, a name, or an operator. */
const tokenPattern =
  /(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*(?:((?:\d|\.\d)(?:[eE][+-]|[\w.])*)|([A-Za-z_]\w*)|(&&|\|\||[<>=!]=|--|\+\+|<<|>>|[\s\S])|$)/uy;

const decimal = /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?f?$/;

const operatorList = binaryOperators.flatMap((level) => [...level.keys()]).join(" ");

interface Token {
  readonly kind: "number" | "name" | "operator" | "end";
  readonly text: string;
  readonly index: number;
}

/** An operand: the place of its operation in the sequence, and its value where that does not depend on z. */
interface Operand {
  readonly place: number;
  readonly type: ValueType;
  readonly index: number;
  readonly constant: Value | undefined;
}

/**
 * Reads an expression of z: decimal numbers, `true` and `false`, the operators of f32 and bool, the built-in functions of
 * WGSL that take and give these, parentheses and comments. It has the meaning that it has in WGSL, except that all numbers
 * are f32, so that 1/3 is a third.
 * @throws ShaderError, with line and column, for anything else, for more than 1024 characters or 100 levels of nesting,
 * and where a part without z has no value that is a finite float32.
 */
export function parseExpression(source: string): Expression {
  if (source.length > MAX_CHARACTERS) {
    throw expressionError(
      source,
      MAX_CHARACTERS,
      `${source.length} characters given, at most ${MAX_CHARACTERS} expected`,
    );
  }
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  readonly #operations: Operation[] = [];
  readonly #values: ((z: number, before: readonly Value[]) => Value)[] = [];
  #token: Token = { kind: "end", text: "", index: 0 };
  #end = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#advance();
  }

  parse(): Expression {
    const result = this.#binary(0);
    if (this.#token.kind !== "end") throw this.#unexpected(`the end or one of ${operatorList}`);
    if (result.type !== "f32") {
      throw this.#fault(
        result.index,
        `a value of type ${result.type} given, f32 expected, such as select(0, 1, z > 0)`,
      );
    }
    const values = this.#values;
    return {
      source: this.#source,
      operations: this.#operations,
      value: (z) => {
        const results: Value[] = [];
        for (const value of values) results.push(value(z, results));
        return results.at(-1) as number;
      },
    };
  }

  /** Operands joined by operators of the precedence `level` or a higher one. */
  #binary(level: number): Operand {
    const operators = binaryOperators[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (let before: string | undefined; ; ) {
      const { text, index } = this.#token;
      const signatures = operators.get(text);
      if (!signatures) return left;
      if (before !== undefined && !chains(before, text)) {
        throw this.#fault(index, `"${text}" given after "${before}", parentheses around one of them expected`);
      }
      this.#advance();
      const right = this.#binary(level + 1);
      left = this.#apply(`"${text}"`, signatures, [left, right], index, ([a, b]) => `${a} ${text} ${b}`);
      before = text;
    }
  }

  #unary(): Operand {
    const { text, index } = this.#token;
    const signatures = unaryOperators.get(text);
    if (!signatures) return this.#primary();
    this.#advance();
    const operand = this.#nested(() => this.#unary());
    return this.#apply(`"${text}"`, signatures, [operand], index, ([a]) => `${text}${a}`);
  }

  #primary(): Operand {
    const { kind, text, index } = this.#token;
    if (kind === "number") return this.#number();
    if (text === "(") {
      this.#advance();
      const inner = this.#nested(() => this.#binary(0));
      this.#expect(")", `")" or one of ${operatorList}`);
      return inner;
    }
    if (kind !== "name") throw this.#unexpected('z, a number, a function, "-", "!" or "("');
    if (text === "z") {
      this.#advance();
      return this.#add({ wgsl: "z", index }, "f32", undefined, (z) => z);
    }
    if (text === "true" || text === "false") {
      this.#advance();
      const value = text === "true";
      return this.#add({ wgsl: text, index }, "bool", value, () => value);
    }
    const signatures = functions.get(text);
    if (!signatures) throw this.#unexpected(`z, true, false or one of ${[...functions.keys()].join(", ")}`);
    this.#advance();
    return this.#apply(text, signatures, this.#arguments(), index, (names) => `${text}(${names.join(", ")})`);
  }

  #number(): Operand {
    const { text, index } = this.#token;
    if (!decimal.test(text)) throw this.#unexpected("a decimal number such as 2, 0.5 or 1e-3");
    const value = Number.parseFloat(text);
    const rounded = Math.fround(value);
    if (!Number.isFinite(rounded)) throw this.#unexpected("a number within float32's range");
    this.#advance();
    return this.#add({ wgsl: `${rounded}f`, index }, "f32", value, () => value);
  }

  #arguments(): Operand[] {
    const given: Operand[] = [];
    this.#expect("(");
    while (this.#token.text !== ")") {
      given.push(this.#nested(() => this.#binary(0)));
      if (this.#token.text !== ")") this.#expect(",", `",", ")" or one of ${operatorList}`);
    }
    this.#advance();
    return given;
  }

  #apply(
    what: string,
    signatures: readonly Signature[],
    operands: readonly Operand[],
    index: number,
    write: (names: readonly string[]) => string,
  ): Operand {
    const types = operands.map(({ type }) => type);
    const signature = signatures.find(({ takes }) => takes.join() === types.join());
    if (!signature) {
      const expected = signatures.map(({ takes }) => `(${takes.join(", ")})`).join(" or ");
      throw this.#fault(index, `${what} given (${types.join(", ")}), ${expected} expected`);
    }
    const places = operands.map(({ place }) => place);
    const value = signature.value as (...operands: Value[]) => Value;
    const constants = operands.map(({ constant }) => constant);
    const constant = constants.includes(undefined) ? undefined : value(...(constants as Value[]));
    if (typeof constant === "number" && !Number.isFinite(Math.fround(constant))) {
      throw this.#fault(index, `${what} gives ${constant} here, a finite number within float32's range expected`);
    }
    return this.#add(
      { wgsl: write(places.map((place) => `v${place}`)), index },
      signature.gives,
      constant,
      (_, before) => value(...places.map((place) => before[place] as Value)),
    );
  }

  #add(
    operation: Operation,
    type: ValueType,
    constant: Value | undefined,
    value: (z: number, before: readonly Value[]) => Value,
  ): Operand {
    this.#operations.push(operation);
    this.#values.push(value);
    return { place: this.#operations.length - 1, type, index: operation.index, constant };
  }

  #nested(read: () => Operand): Operand {
    if (this.#depth === MAX_NESTING) {
      throw this.#fault(
        this.#token.index,
        `more than ${MAX_NESTING} levels of nesting given, at most ${MAX_NESTING} expected`,
      );
    }
    this.#depth++;
    const operand = read();
    this.#depth--;
    return operand;
  }

  #expect(text: string, expected = `"${text}"`): void {
    if (this.#token.text !== text) throw this.#unexpected(expected);
    this.#advance();
  }

  #advance(): void {
    tokenPattern.lastIndex = this.#end;
    const [, number, name, operator] = tokenPattern.exec(this.#source) ?? [];
    this.#end = tokenPattern.lastIndex;
    const text = number ?? name ?? operator ?? "";
    const kind = number ? "number" : name ? "name" : operator ? "operator" : "end";
    this.#token = { kind, text, index: this.#end - text.length };
  }

  #unexpected(expected: string): Error {
    const { kind, text, index } = this.#token;
    return this.#fault(index, `${kind === "end" ? "the end" : quoted(text)} given, ${expected} expected`);
  }

  #fault(index: number, reason: string): Error {
    return expressionError(this.#source, index, reason);
  }
}

/** An error at `index` of a user's expression, with the line and column of that place. */
export function expressionError(source: string, index: number, reason: string): ShaderError {
  const lines = source.slice(0, index).split(/\r\n|[\n\r\u2028\u2029]/);
  const [line, column] = [lines.length, (lines.at(-1) ?? "").length + 1];
  return new ShaderError(
    `activation ${quoted(source)}, line ${line}, column ${column}: ${reason}`,
    line,
    column,
    source,
  );
}

/** Whether an operator may follow another of the same precedence: a < b < c and a || b && c need parentheses in WGSL. */
function chains(before: string, next: string): boolean {
  return "+-*/%".includes(next) || (before === next && (next === "&&" || next === "||"));
}
