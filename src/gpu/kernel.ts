import type { Gpu } from "./gpu.ts";
import { layoutOf, type ParamType, packStructs, UNIFORM_STRIDE, type ValueOf } from "./layout.ts";
import type { Arena } from "./memory.ts";
import type { Shader } from "./pipelines.ts";
import { dispatch, type Resource, type Step, type Workgroups } from "./schedule.ts";
import { ELEMENT_INDEX, ELEMENT_WORK, ELEMENT_WORKGROUP, elementGrid, splitWork, stepWork } from "./workgroups.ts";

/** Members of the uniform struct `params`: WGSL type, meaning, and the value of one that is the same in all calls. */
export type Params = Readonly<Record<string, readonly [type: ParamType, about: string, always?: number]>>;

/** Storage buffers and textures: WGSL type and shape. */
export type Bindings = Readonly<Record<string, readonly [type: string, shape: string]>>;

/** Constants of a pipeline: WGSL type and meaning. */
type Overrides = Readonly<Record<string, readonly [type: "u32" | "f32", about: string]>>;

/** What the table of kernels says of one. */
export interface Head {
  readonly name: string;
  /** One line, in the third person. */
  readonly does: string;
  /** "one workgroup = …" or "one thread = …". */
  readonly unit: string;
  /**
   * True where it holds a user's code. There may be any number of these, so that `Pipelines` keeps only the recent
   * ones.
   */
  readonly ofUser?: boolean;
  /** The extension of WGSL that it needs. A device with the feature of the same name has it. */
  readonly enables?: "subgroups";
}

type None = Readonly<Record<never, never>>;

/**
 * What a kernel takes. The WGSL of its struct, bindings and overrides follows from it, and so does the type of its
 * calls.
 */
interface Takes<P extends Params, R extends Bindings, W extends Bindings, O extends Overrides> {
  readonly params?: P;
  readonly reads?: R;
  readonly writes?: W;
  readonly overrides?: O;
}

/** The values that a caller gives: those of all members except the ones that are the same in all calls. */
type NumbersOf<P> = {
  readonly [K in keyof P as P[K] extends readonly [ParamType, string, number] ? never : K]: P[K] extends readonly [
    infer T extends ParamType,
    ...unknown[],
  ]
    ? ValueOf<T>
    : never;
};
type ResourcesOf<B> = { readonly [K in keyof B]: Resource };

/** The arguments of a call, by name: parameters and buffers. */
export type Given<P extends Params, R extends Bindings, W extends Bindings = None> = NumbersOf<P> &
  ResourcesOf<R> &
  ResourcesOf<W>;

/** The argument for the overrides, for a kernel that has any. */
type Constants<O extends Overrides> = keyof O extends never ? [] : [constants: NumbersOf<O>];

/** One dispatch. */
interface Call<G> {
  readonly given: G;
  readonly workgroups: Workgroups;
  /** About as many multiply–adds of float32 take the same time. */
  readonly work: number;
}

/**
 * A kernel in WGSL. `on` compiles it for a GPU and returns a function that makes dispatches; their parameters share a
 * buffer.
 */
export interface Kernel<G, O extends Overrides> extends Head {
  readonly code: string;
  on(gpu: Gpu, ...constants: Constants<O>): Promise<(arena: Arena, calls: readonly Call<G>[]) => Step[]>;
}

/**
 * Declares a kernel. `main` is its WGSL from the workgroup variables to the entry point; there, `params` and the
 * buffers have the names of the declaration.
 * @throws TypeError where two parameters or buffers have one name: a call could not tell them apart.
 */
export function kernel<
  const P extends Params = None,
  const R extends Bindings = None,
  const W extends Bindings = None,
  const O extends Overrides = None,
>(head: Head, takes: Takes<P, R, W, O>, main: string): Kernel<Given<P, R, W>, O> {
  const [params, reads, writes, overrides] = [takes.params, takes.reads, takes.writes, takes.overrides].map(
    (members) => members ?? {},
  ) as [Params, Bindings, Bindings, Overrides];
  const layout = layoutOf(Object.fromEntries(Object.entries(params).map(([name, [type]]) => [name, type])));
  const fixed = Object.fromEntries(
    Object.entries(params).flatMap(([name, [, , always]]) => (always === undefined ? [] : [[name, always]])),
  );
  const names = [...Object.keys(reads), ...Object.keys(writes)];
  const twice = names.find((name, i) => name in params || names.indexOf(name) < i);
  if (twice !== undefined) throw new TypeError(`${head.name}: two of its parameters and buffers are named ${twice}`);
  const hasParams = layout.members.length > 0;
  const code = [
    `// ${head.does}.\n// ${head.unit}.`,
    ...(head.enables ? [`enable ${head.enables};`] : []),
    hasParams ? `struct kernel_params {\n${lines(params, "  ", ",")}}` : "",
    bindingLines(hasParams, reads, writes),
    lines(overrides, "override ", ";") + main,
  ].join("\n");
  return {
    ...head,
    code,
    async on(gpu, ...overriding) {
      const [constants] = overriding;
      const pipeline = await gpu.pipelines.get({
        label: head.name,
        code,
        ...(constants && { constants }),
        ...(head.ofUser && { ofUser: true }),
      } as Shader);
      return (arena, calls) => {
        const structs = calls.map(({ given }) => ({ ...(given as NumbersOf<Params>), ...fixed }));
        const uniform =
          hasParams && calls.length > 0
            ? arena.uniform(`${head.name} params`, packStructs(layout, structs))
            : undefined;
        return calls.map(({ given, workgroups, work }, i) => {
          const slot = uniform ? [{ buffer: uniform, offset: i * UNIFORM_STRIDE, size: layout.size }] : [];
          const bound = names.map((name) => (given as ResourcesOf<Bindings>)[name] as Resource);
          return dispatch(gpu, pipeline, [...slot, ...bound], workgroups, work);
        });
      };
    },
  };
}

function lines(members: Params | Overrides, before: string, end: string): string {
  return Object.entries(members)
    .map(([name, [type, about]]) => `${before}${name}: ${type}${end}${about && ` // ${about}`}\n`)
    .join("");
}

/** In the order of all kernels: uniform, read-only, written. */
function bindingLines(hasParams: boolean, reads: Bindings, writes: Bindings): string {
  const declared = [
    ...(hasParams ? ["var<uniform> params: kernel_params;"] : []),
    ...Object.entries(reads).map(([name, [type, shape]]) => {
      const space = type.startsWith("texture") ? "" : "<storage, read>";
      return `var${space} ${name}: ${type}; // ${shape}`;
    }),
    ...Object.entries(writes).map(([name, [type, shape]]) => `var<storage, read_write> ${name}: ${type}; // ${shape}`),
  ];
  return declared.map((line, binding) => `@group(0) @binding(${binding}) ${line}`).join("\n");
}

/** A kernel whose every call is one dispatch. */
export interface GridKernel<G, O extends Overrides> extends Head {
  readonly code: string;
  on(gpu: Gpu, ...constants: Constants<O>): Promise<(arena: Arena, given: G) => Step>;
}

/** Declares a kernel whose number of workgroups and amount of work follow from its parameters. */
export function gridKernel<
  const P extends Params = None,
  const R extends Bindings = None,
  const W extends Bindings = None,
  const O extends Overrides = None,
>(
  head: Head,
  takes: Takes<P, R, W, O>,
  body: {
    readonly workgroups: (params: NumbersOf<P>) => Workgroups;
    /** Multiply–adds of the dispatch. */
    readonly work: (params: NumbersOf<P>) => number;
    readonly main: string;
  },
): GridKernel<Given<P, R, W>, O> {
  const whole = kernel(head, takes, body.main);
  return {
    ...whole,
    async on(gpu, ...constants) {
      const encode = await whole.on(gpu, ...constants);
      return (arena, given) => {
        const call = { given, workgroups: body.workgroups(given), work: body.work(given) };
        return encode(arena, [call])[0] as Step;
      };
    },
  };
}

/** Parameters of every element kernel: the elements of one dispatch. */
const range = {
  begin: ["u32", "first element of this dispatch"],
  end: ["u32", "the element after the last one"],
} as const;

/** A kernel with one thread for each element. A long call is several dispatches. */
export interface ElementKernel<G, O extends Overrides> extends Head {
  readonly code: string;
  on(gpu: Gpu, ...constants: Constants<O>): Promise<(arena: Arena, given: G) => Step[]>;
}

/** The body of an element kernel. */
interface Elements<P> {
  /** Their number. */
  readonly elements: (params: NumbersOf<P>) => number;
  /** Multiply–adds of one element beyond those of reading and writing it; default 0. */
  readonly work?: (params: NumbersOf<P>) => number;
  /** WGSL functions that `each` calls. */
  readonly helpers?: string;
  /** WGSL: the statements for element `index`. */
  readonly each: string;
}

/** Declares a kernel with one thread for each element. */
export function elementKernel<
  const P extends Params = None,
  const R extends Bindings = None,
  const W extends Bindings = None,
  const O extends Overrides = None,
>(
  { element, ...head }: Omit<Head, "unit"> & { readonly element: string },
  { params, ...takes }: Takes<P, R, W, O>,
  { elements, work = () => 0, helpers = "", each }: Elements<P>,
): ElementKernel<Given<P, R, W>, O> {
  const whole = kernel(
    { ...head, unit: `One thread = one ${element}` },
    { ...takes, params: { ...(params as P), ...range } },
    `${helpers}
@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = params.begin + ${ELEMENT_INDEX};
  if (index >= params.end) { return; }
  ${each}
}
`,
  );
  return {
    ...whole,
    async on(gpu, ...constants) {
      const encode = await whole.on(gpu, ...constants);
      return (arena, given) => {
        const own = ELEMENT_WORK + work(given);
        const calls = splitWork(elements(given), own, stepWork(gpu.device)).map(({ first, count }) => ({
          given: { ...given, begin: first, end: first + count },
          workgroups: elementGrid(count),
          work: count * own,
        }));
        return encode(arena, calls as never);
      };
    },
  };
}
