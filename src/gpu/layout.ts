/** The layout of uniform structs, by WGSL's rules for the address space `uniform` (WGSL, "Memory Layout"). */

type Scalar = "u32" | "i32" | "f32";
type Vector = `vec${2 | 3 | 4}${"u" | "i" | "f"}`;

/** The types of a member. Elements of an array are 16 bytes apart, as the address space requires. */
export type ParamType = Scalar | Vector | `array<vec4${"u" | "i" | "f"}, ${number}>`;

/** The value of a member: a number, or the numbers of a vector or an array in a row. */
export type ValueOf<T extends ParamType> = T extends Scalar ? number : readonly number[];

interface Member {
  readonly name: string;
  readonly scalar: Scalar;
  /** Numbers in it, of 4 bytes each. There are no gaps between them. */
  readonly count: number;
  readonly offset: number;
}

export interface Layout {
  readonly members: readonly Member[];
  /** In bytes, a multiple of 16. */
  readonly size: number;
}

/** WebGPU's default `minUniformBufferOffsetAlignment`: the distance of uniform structs that are bound one by one. */
export const UNIFORM_STRIDE = 256;

const scalars: Readonly<Record<string, Scalar>> = { u: "u32", i: "i32", f: "f32" };

function shapeOf(type: ParamType): { scalar: Scalar; count: number; align: number } {
  const parts = /^(?:array<)?(?:vec(\d))?([uif])(?:32)?(?:, (\d+)>)?$/.exec(type);
  if (!parts) throw new TypeError(`${type} given, the type of a uniform's member expected`);
  const [, width = "1", letter = "", length = "1"] = parts;
  const size = Number(width);
  return { scalar: scalars[letter] as Scalar, count: size * Number(length), align: size === 3 ? 16 : 4 * size };
}

/** Offsets of the members of a struct, in the order in which they are declared. */
export function layoutOf(types: Readonly<Record<string, ParamType>>): Layout {
  let end = 0;
  const members = Object.entries(types).map(([name, type]) => {
    const { scalar, count, align } = shapeOf(type);
    const offset = Math.ceil(end / align) * align;
    end = offset + 4 * count;
    return { name, scalar, count, offset };
  });
  return { members, size: Math.max(16, Math.ceil(end / 16) * 16) };
}

/**
 * Structs of one layout, `UNIFORM_STRIDE` bytes apart.
 * @throws TypeError where a member is missing, which the types refuse.
 */
export function packStructs(
  { members, size }: Layout,
  structs: readonly Readonly<Record<string, number | readonly number[]>>[],
): ArrayBuffer {
  const stride = Math.ceil(size / UNIFORM_STRIDE) * UNIFORM_STRIDE;
  const view = new DataView(new ArrayBuffer(stride * (structs.length - 1) + size));
  structs.forEach((struct, s) => {
    for (const { name, scalar, count, offset } of members) {
      const numbers = [struct[name]].flat();
      if (numbers.length !== count || numbers.some((value) => value === undefined)) {
        throw new TypeError(`${name}: ${numbers.map(String)} given, ${count} number${count > 1 ? "s" : ""} expected`);
      }
      for (let i = 0; i < count; i++) write(view, s * stride + offset + 4 * i, scalar, numbers[i] as number);
    }
  });
  return view.buffer;
}

function write(view: DataView, at: number, scalar: Scalar, value: number): void {
  if (scalar === "f32") view.setFloat32(at, value, true);
  else if (scalar === "u32") view.setUint32(at, value, true);
  else view.setInt32(at, value, true);
}
