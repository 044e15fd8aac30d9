/** The declarations of the package: what a user's compiler sees. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../support/package.ts";

let types: string;

/** What the compiler says. */
const tsc = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, "node_modules/typescript/lib/tsc.js"), ...args], { encoding: "utf8" }).stdout;

beforeAll(() => {
  types = mkdtempSync(join(tmpdir(), "types-"));
  expect(tsc("-p", join(root, "tsconfig.build.json"), "--outDir", types)).toBe("");
});

afterAll(() => rmSync(types, { recursive: true }));

/** A name and the file that declares it. */
interface Declared {
  readonly file: string;
  readonly name: string;
}

const keyOf = ({ file, name }: Declared) => `${file}: ${name}`;

/** A file of declarations: what it imports and exports again, by local name, and the text of what it declares. */
interface Declarations {
  readonly imports: ReadonlyMap<string, Declared>;
  readonly exports: readonly Declared[];
  readonly texts: ReadonlyMap<string, string>;
}

const textOf = (file: string) => readFileSync(join(types, file.replace(/\.ts$/, ".d.ts")), "utf8");

const files = new Map<string, Declarations>();

function declarationsOf(file: string): Declarations {
  const known = files.get(file);
  if (known) return known;
  const text = textOf(file).replace(/\/\*.*?\*\//gs, "");
  const imports = new Map<string, Declared>();
  const exports: Declared[] = [];
  const fileOf = (from: string) => join(file, "..", from);
  for (const [, keyword, names = "", from = ""] of text.matchAll(
    /^(import|export)(?: type)? \{(.*?)\} from "(.+?)";/gms,
  )) {
    for (const entry of names.split(/,\s*/).filter(Boolean)) {
      const [name = "", local = name] = entry
        .trim()
        .replace(/^type /, "")
        .split(" as ");
      if (keyword === "import") imports.set(local, { file: fileOf(from), name });
      else exports.push({ file: fileOf(from), name });
    }
  }
  // A type that is inferred, such as that of `methods`, names what it is made of in place.
  const named = text.replace(/import\("(.+?)"\)\.(\w+)/g, (_, from, name) => {
    imports.set(name, { file: fileOf(from), name });
    return name;
  });
  const texts = new Map<string, string>();
  for (const part of named.replace(/".*?"/g, '""').split(/^(?=(?:export |declare |interface |type |abstract ))/m)) {
    const [, name] = part.match(/^(?:export )?(?:declare )?(?:class|interface|type|const|function) (\w+)/) ?? [];
    if (name) texts.set(name, (texts.get(name) ?? "") + part);
  }
  const declarations = { imports, exports, texts };
  files.set(file, declarations);
  return declarations;
}

/** What the declaration of a name refers to, of the package's own. */
function references({ file, name }: Declared): Declared[] {
  const { imports, texts } = declarationsOf(file);
  const text = texts.get(name);
  if (text === undefined) throw new Error(`no declaration of ${name} in ${file}`);
  return [...new Set(text.match(/\b[A-Za-z]\w*\b/g))].flatMap((word) => {
    const imported = imports.get(word);
    return imported ? [imported] : texts.has(word) ? [{ file, name: word }] : [];
  });
}

test("every type that a public name refers to is public", () => {
  const { exports } = declarationsOf("src/index.ts");
  const exported = new Set(exports.map(keyOf));
  const internal = exports.flatMap((declared) =>
    references(declared)
      .filter((reference) => !exported.has(keyOf(reference)))
      .map((reference) => `${keyOf(reference)}, named by ${declared.name}`),
  );
  expect(exports.length).toBeGreaterThan(80);
  expect(internal).toEqual([]);
});

test("every public name has a docstring, and so has every member of a class or an interface", () => {
  const start = /(\*\/\n)?^export (?:declare )?(class|interface|type|const|function) (\w+)/gms;
  const member = /^(.*)\n {4}(?:readonly |get )*([a-z]\w*)\??[:(<]/gm;
  const without = declarationsOf("src/index.ts").exports.flatMap(({ file, name }) => {
    const text = textOf(file);
    const found = Array.from(text.matchAll(start)).find(([, , , declared]) => declared === name);
    if (!found) throw new Error(`no declaration of ${name} in ${file}`);
    const [, docstring, kind = ""] = found;
    const body = /^(class|interface)$/.test(kind) ? text.slice(found.index).split(/^\}/m, 1)[0] : "";
    const bare = Array.from((body ?? "").matchAll(member)).filter(([, before = ""]) => !before.endsWith("*/"));
    return [...(docstring ? [] : [name]), ...bare.map(([, , own]) => `${name}.${own}`)];
  });
  expect(without).toEqual([]);
});

test("a user's program compiles, and what only the engine calls is not there", () => {
  writeFileSync(
    join(types, "program.ts"),
    `import { ActivationOperator, createEngine, Engine, gcvIterations, Matrix, masks, methods } from "./src/index.js";

const engine = await createEngine();
const a = await engine.matrix({ data: [1, 2, 3, 4], rows: 2, cols: 2, precision: "extended" });
const operator = await engine.activationOperator({ activation: "relu", x: [1], b: [0] });
export const made: boolean[] = [engine instanceof Engine, a instanceof Matrix, operator instanceof ActivationOperator];
using svd = await engine.svd(a);
const { prediction } = await engine.shrink(svd, [1, 2, 3, 4], [masks.ridge({ lambda: 1 }), (s) => s / (1 + s)]);
export const first: number | undefined = prediction[0];
const [problem] = await engine.project(svd, [1, 2]);
const method = methods.gradientDescent({ learningRate: 0.1 });
export const best: number = gcvIterations({ method, maxIterations: 10, ...problem });

// @ts-expect-error matrices are made by an engine
new Matrix();
// @ts-expect-error engines are made by createEngine
new Engine();
// @ts-expect-error operators are made by an engine
new ActivationOperator();
// @ts-expect-error internal
Matrix.create;
// @ts-expect-error internal
Engine.create;
// @ts-expect-error internal
ActivationOperator.create;
// @ts-expect-error internal
a.belongsTo;
// @ts-expect-error internal
a.assertNotDestroyed;
// @ts-expect-error internal
operator.products;
// @ts-expect-error a parameter is missing
methods.heavyBall({ learningRate: 1 });
// @ts-expect-error parameters are missing
methods.eigenPro({});
// @ts-expect-error a matrix is given as options
engine.matrix([1], 1, 1);
`,
  );
  const options = { target: "es2022", module: "esnext", moduleResolution: "bundler", strict: true, noEmit: true };
  const more = { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
  writeFileSync(
    join(types, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: { ...options, ...more, types: [] },
      files: ["program.ts"],
    }),
  );
  expect(tsc("-p", join(types, "tsconfig.json"))).toBe("");
});
