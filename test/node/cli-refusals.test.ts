import { describe, expect, test } from "vitest";
import { toNpy } from "../../src/cli/npy.ts";
import { finiteNumber } from "../../src/cli/options.ts";
import { cli } from "../support/cli.ts";
import { at, fitFile, fitWith, folder, relu, write } from "../support/cli-inputs.ts";

const svdFile = (name: string, content: string | Uint8Array) => ["svd", write(name, content), "--out", at("refused")];
const npy = (shape: number[], ...numbers: number[]) => toNpy(Float64Array.from(numbers), shape);
/** An array of doubles whose header says that it is of another type. */
const mislabelled = (descr: string) =>
  Buffer.from(npy([1, 1], 1))
    .toString("latin1")
    .replace("<f8", descr);
const npyOf = (descr: string) => Buffer.from(mislabelled(descr), "latin1");

const refusals: Record<string, [args: string[], message: RegExp]> = {
  "no command": [[], /no command given, one of spectrum, svd, fit, lstsq, figures expected/],
  "an unknown command": [["spectre"], /unknown command 'spectre'/],
  "an unknown option": [[...relu, "--samples", "4", "--sample", "4"], /unknown option '--sample'/],
  "an argument too many": [[...relu, "--samples", "4", "x"], /too many arguments/],
  "a missing option": [relu, /'--samples <count>' not specified/],
  "a missing argument": [["svd"], /missing required argument 'A.npy'/],
  "an unknown activation": [["spectrum", "--activation", "rely"], /"rely" given, one of heaviside, .* expected/],
  "an unknown grid": [[...relu, "--samples", "4", "--grid", "log"], /choices are offset, linspace/],
  "an unknown method": [fitWith("--iterations", "3", "--method", "adam"), /choices are gd, .* heavyBall, .* sgd/],
  "a parameter of another method": [
    fitWith("--iterations", "3", "--momentum", "0.9"),
    /--momentum: given for gradientDescent, which takes --learning-rate/,
  ],
  "a parameter of a method without any": [
    fitWith("--iterations", "3", "--method", "cgls", "--lambda", "1"),
    /--lambda: given for cgls, which takes none/,
  ],
  "a rate beyond stability": [
    fitWith("--components", "3", "--method", "heavyBall", "--learning-rate", "1"),
    /heavyBall at σ₁² = .* given, σ² below .*, where it is stable, expected/,
  ],
  "an unknown precision": [[...relu, "--samples", "4", "--precision", "double"], /choices are single, extended/],
  "0 samples": [[...relu, "--samples", "0"], /'--samples <count>' .* positive integer/],
  "-3 samples": [[...relu, "--samples", "-3"], /'--samples <count>' .* positive integer/],
  "2.5 neurons": [["spectrum", "--width", "2.5"], /'--width <count>' .* positive integer/],
  "a scale that is no number": [[...relu, "--scale", "big"], /'--scale <omega>' .* number/],
  "a scale beyond float32": [
    [...relu, "--samples", "4", "--scale", "9e38"],
    /up to \S+e\+38 given or reached .* within float32 expected/,
  ],
  "a matrix beyond the device": [
    [...relu, "--samples", "1000000000"],
    /1000000000 × 4: maxStorageBufferBindingSize is \d+ on this device, 16000000000 needed/,
  ],

  "a missing file": [["svd", at("missing.npy")], /cannot read .*missing.npy: no such file/],
  "a folder for a file": [["svd", folder], /cannot read .*: illegal operation on a directory/],
  "an empty file": [svdFile("empty.npy", ""), /empty.npy is empty/],
  "a file that is no .npy": [svdFile("text.npy", "1,2\n3,4\n"), /text.npy is no .npy file/],
  "data cut short": [svdFile("short.npy", npy([2, 2], 1, 2, 3)), /holds 24 of the 32 bytes .* \(2, 2\)/],
  "a .npy beyond the device": [
    svdFile("huge.npy", npy([40000, 40000], 1)),
    /40000 × 40000: maxStorageBufferBindingSize is \d+/,
  ],
  "a 1-D array": [svdFile("1d.npy", npy([2], 1, 2)), /1-D; expected 2-D, or 3-D/],
  "a 4-D array": [svdFile("4d.npy", npy([1, 1, 1, 2], 1, 2)), /4-D; expected 2-D, or 3-D/],
  "a batch of none": [svdFile("none.npy", npy([0, 2, 2])), /holds no matrix/],
  "complex numbers": [svdFile("complex.npy", npyOf("<c8")), /complex numbers/],
  integers: [svdFile("integers.npy", npyOf("<i8")), /dtype '<i8'; expected float32 or float64/],
  NaN: [svdFile("nan.npy", npy([2, 2], 1, 2, Number.NaN, 4)), /entry \[1, 0\] is NaN/],
  infinity: [svdFile("infinity.npy", npy([1, 2, 1], 1, Number.NEGATIVE_INFINITY)), /entry \[0, 1, 0\] is -Infinity/],
  "a number beyond float32": [svdFile("beyond.npy", npy([1, 2], 1, 1e300)), /\[0, 1\] is 1e\+300; .* float32/],
  "a matrix that float32 takes for 0": [svdFile("tiny.npy", npy([1, 1], 1e-320)), /largest number is 1e-320/],
  "an --out that is a file": [["svd", write("A.npy", npy([1, 1], 1)), "--out", at("A.npy")], /it is no folder/],
  "figures of no claim": [
    ["figures", "--only", "C99"],
    /--only: "C99" given, one of C0, .*, or the number of a figure expected/,
  ],
  "an --out below a file": [["figures", "--out", at("A.npy/x")], /--out .*: not a directory/],
  "an output on the input": [["svd", write("U.npy", npy([1, 1], 1)), "--out", folder], /U.npy would be overwritten/],

  "neither components nor iterations": [fitWith(), /neither of --components and --iterations/],
  "components and iterations": [fitWith("--components", "3", "--iterations", "3"), /both of --components and/],
  "more components than there are": [fitWith("--components", "17"), /--components: 17 given, at most .* = 16 expected/],
  "components below the noise": [
    fitWith("--components", "15", "--scale", "1"),
    /--components: 15 given, .* noise floor .* a larger --scale expected/,
  ],
  "components out of reach": [
    fitWith("--components", "6", "--scale", "1"),
    /--components: 6 given, which takes \d+ iterations; .* --scale expected/,
  ],
  "a matrix of zeros": [fitWith("--iterations", "3", "--scale", "0"), /gives only zeros/],
  "a rate of 0": [
    fitWith("--iterations", "3", "--learning-rate", "0"),
    /--learning-rate: 0 given, .* above 0 expected/,
  ],
  "a fit into no folder": [fitWith("--iterations", "3", "--out", at("nowhere/fit.npy")), /--out .*: no such file/],
  "a fit into a folder": [fitWith("--iterations", "3", "--out", folder), /--out .*: it is a folder/],
  "a CSV with a word": [fitFile("word.csv", "1\n2\nthree\n", "--components", "1"), /line 3, column 1 is "three"/],
};

describe.concurrent("refused with one line and exit code 2", () => {
  for (const [what, [args, message]] of Object.entries(refusals)) {
    test(what, async ({ expect }) => {
      const { code, stdout, stderr } = await cli(args);
      expect(stderr).toMatch(message);
      expect(stderr).toMatch(/^error: [^\n]+\n$/);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    });
  }
});

test("a number of a megabyte is refused at once", () => {
  for (const text of [`${"1".repeat(1 << 20)}x`, `1.${"1".repeat(1 << 20)}x`]) {
    expect(() => finiteNumber(text)).toThrow("A number is expected.");
  }
});
