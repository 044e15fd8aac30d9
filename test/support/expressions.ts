import fc from "fast-check";
import * as enclose from "./enclosures.ts";

/** An expression as text, how tightly its outermost operator binds, and what it may give on a GPU at z. */
interface Node<T> {
  readonly text: string;
  readonly level: number;
  readonly at: (z: number) => T;
}

export type Expression = Node<enclose.Enclosure>;
type ConditionNode = Node<enclose.Condition>;

const [LOGICAL, COMPARISON, SUM, PRODUCT, UNARY, PRIMARY] = [0, 1, 2, 3, 4, 5] as const;

/** In parentheses where it binds less tightly than `level`. */
const operand = ({ text, level }: Node<unknown>, least: number) => (level < least ? `(${text})` : text);

const infix = <A, T>(level: number, operator: string, f: (a: A, b: A) => T, [a, b]: readonly [Node<A>, Node<A>]) => {
  // Sums and products take their like on the left; what WGSL does not chain stands in parentheses.
  const text = `${operand(a, level >= SUM ? level : level + 1)} ${operator} ${operand(b, level + 1)}`;
  return { text, level, at: (z: number) => f(a.at(z), b.at(z)) };
};

const call = <T>(name: string, operands: readonly Node<unknown>[], at: (z: number) => T): Node<T> => ({
  text: `${name}(${operands.map(({ text }) => text).join(", ")})`,
  level: PRIMARY,
  at,
});

const z: Expression = { text: "z", level: PRIMARY, at: (value) => [value, value] };
const literals = fc
  .oneof(fc.integer({ min: 0, max: 9 }), fc.double({ min: 1e-3, max: 1e3, noNaN: true }))
  .map((value): Expression => ({ text: String(value), level: PRIMARY, at: () => enclose.literal(value) }));

const depth = { depthIdentifier: "expression", depthSize: "medium", withCrossShrink: true } as const;

const { number } = fc.letrec<{ number: Expression; condition: ConditionNode }>((tie) => {
  const numbers = fc.tuple(tie("number"), tie("number"));
  const conditions = fc.tuple(tie("condition"), tie("condition"));
  const binary = (
    level: number,
    operator: string,
    f: (a: enclose.Enclosure, b: enclose.Enclosure) => enclose.Enclosure,
  ) => numbers.map((pair): Expression => infix(level, operator, f, pair));
  const comparison = (
    operator: string,
    f: (a: enclose.Enclosure, b: enclose.Enclosure) => enclose.Condition,
  ): fc.Arbitrary<ConditionNode> => numbers.map((pair) => infix(COMPARISON, operator, f, pair));
  const logical = (operator: string, f: (a: enclose.Condition, b: enclose.Condition) => enclose.Condition) =>
    conditions.map((pair): ConditionNode => infix(LOGICAL, operator, f, pair));
  const calls = Object.entries(enclose.enclosures).map(([name, f]) => {
    const count = f.length || 1;
    return fc
      .array(tie("number"), { minLength: count, maxLength: count })
      .map((operands) => call(name, operands, (value) => f(...operands.map(({ at }) => at(value)))));
  });
  return {
    number: fc.oneof(
      depth,
      fc.constant(z),
      literals,
      tie("number").map(
        (a): Expression => ({ text: `- ${operand(a, UNARY)}`, level: UNARY, at: (v) => enclose.negative(a.at(v)) }),
      ),
      binary(SUM, "+", enclose.add),
      binary(SUM, "-", enclose.subtract),
      binary(PRODUCT, "*", enclose.multiply),
      binary(PRODUCT, "/", enclose.divide),
      binary(PRODUCT, "%", enclose.remainder),
      { arbitrary: fc.oneof(...calls), weight: 5 },
      fc
        .tuple(tie("number"), tie("number"), tie("condition"))
        .map(([a, b, c]) => call("select", [a, b, c], (v) => enclose.select(a.at(v), b.at(v), c.at(v)))),
      tie("condition").map((a) => call("f32", [a], (v) => enclose.select([0, 0], [1, 1], a.at(v)))),
    ),
    condition: fc.oneof(
      depth,
      fc.boolean().map((value): ConditionNode => ({ text: String(value), level: PRIMARY, at: () => value })),
      comparison("<", enclose.less),
      comparison(">=", (a, b) => enclose.not(enclose.less(a, b))),
      comparison(">", (a, b) => enclose.less(b, a)),
      comparison("<=", (a, b) => enclose.not(enclose.less(b, a))),
      comparison("==", enclose.equal),
      comparison("!=", (a, b) => enclose.not(enclose.equal(a, b))),
      logical("&&", enclose.and),
      logical("||", enclose.or),
      tie("condition").map(
        (a): ConditionNode => ({ text: `!${operand(a, UNARY)}`, level: UNARY, at: (v) => enclose.not(a.at(v)) }),
      ),
    ),
  };
});

/** Random expressions of all that the grammar has, no part of which is longer than a user's may be. */
export const expressions: fc.Arbitrary<Expression> = number.filter(({ text }) => text.length <= 1024);
