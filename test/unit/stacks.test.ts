import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findManifests } from "../../src/node/vulkan.ts";
import { stacksCommand } from "../stacks/command.ts";
import { isLavapipe } from "../stacks/drivers.ts";
import { runCommand } from "../stacks/processes.ts";
import { type ReportLine, readReport, sumUp } from "../stacks/report.ts";
import { testFiles } from "../stacks/run.ts";
import { type Stack, stackNamed, stacks } from "../stacks/stacks.ts";
import { toJson, toText } from "../stacks/table.ts";

const folder = mkdtempSync(join(tmpdir(), "stacks-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A manifest below the made-up folder, by the library that it names. */
function manifest(path: string, library: string): string {
  const whole = join(folder, path);
  mkdirSync(join(whole, ".."), { recursive: true });
  writeFileSync(whole, JSON.stringify({ ICD: { library_path: library } }));
  return whole;
}

describe("Vulkan's manifests", () => {
  const own = manifest("own/mine.json", "/opt/mesa/libvulkan_lvp.so");
  const radeon = manifest("share/vulkan/icd.d/radeon_icd.x86_64.json", "libvulkan_radeon.so");
  const lvp = manifest("share/vulkan/icd.d/lvp_icd.x86_64.json", "libvulkan.so");
  const home = manifest("home/vulkan/icd.d/nvidia_icd.json", "libGLX_nvidia.so.0");
  writeFileSync(join(folder, "share/vulkan/icd.d/README"), "lavapipe");

  test("those that the environment names come first, then the user's, then the system's; what is not there is left out", () => {
    const env = {
      VK_ICD_FILENAMES: `${own}${delimiter}${join(folder, "gone.json")}`,
      XDG_DATA_HOME: join(folder, "home"),
    };
    expect(findManifests(env, [join(folder, "share"), join(folder, "nowhere")])).toEqual([own, home, lvp, radeon]);
  });

  test("lavapipe is known by the file's name or by its text", () => {
    expect([own, radeon, lvp, home].filter(isLavapipe)).toEqual([own, lvp]);
  });
});

describe("a report", () => {
  const adapter = { name: "llvmpipe", software: true, twoFloat: "split" };
  const lines: ReportLine[] = [
    { event: "start", test: "a.test.ts > one" },
    { event: "result", test: "a.test.ts > one", adapter },
    { event: "start", test: "a.test.ts > two" },
    { event: "result", test: "a.test.ts > two", message: "expected 1 to be 2" },
  ];
  const text = (all: ReportLine[]) => all.map((line) => `${JSON.stringify(line)}\n`).join("");
  const failedOne = { test: "a.test.ts > two", message: "expected 1 to be 2" };

  test("counts what passed and what failed, and names the adapter", () => {
    expect(readReport("a.test.ts", text([...lines, { event: "end" }]), { ending: "ended" })).toEqual({
      adapter,
      passed: ["a.test.ts > one"],
      failed: [failedOne],
    });
  });

  test("that stops is a failure, which keeps what came before and says where", () => {
    const cut = `${text([...lines, { event: "start", test: "a.test.ts > three" }])}{"event":"res`;
    const { passed, failed } = readReport("a.test.ts", cut, {
      ending: "did not end within 9 s",
      log: "\u001b[31mpanicked\u001b[0m\nat queue.rs",
    });
    expect(passed).toEqual(["a.test.ts > one"]);
    expect(failed).toEqual([
      failedOne,
      {
        test: "a.test.ts",
        message: "did not end within 9 s, in a.test.ts > three; its last words: panicked at queue.rs",
      },
    ]);
  });

  test("that is missing, or holds no test, is a failure", () => {
    expect(readReport("a.test.ts", "", { ending: "ended with exit code 1" })).toEqual({
      passed: [],
      failed: [{ test: "a.test.ts", message: "ended with exit code 1, before the first test" }],
    });
    expect(readReport("a.test.ts", text([{ event: "end" }]), { ending: "ended" }).failed).toEqual([
      { test: "a.test.ts", message: "no test ran" },
    ]);
  });

  test("that holds a fault outside of all tests is a failure", () => {
    const error: ReportLine = { event: "error", message: "does not load" };
    expect(readReport("a.test.ts", text([error, { event: "end" }]), { ending: "ended" }).failed).toEqual([
      { test: "a.test.ts", message: "does not load" },
    ]);
  });
});

describe("the table", () => {
  const stack: Stack = {
    ...(stacks[0] as Stack),
    name: "some-stack",
    cannot: [{ test: /> (two|three)$/, why: "its compiler folds NaN", upstream: "https://example.org/1" }],
  };
  const first = { adapter: { name: "llvmpipe", software: true, twoFloat: "split" }, passed: ["a > one"], failed: [] };
  const second = {
    passed: ["b > three"],
    failed: [
      { test: "b > two", message: "expected 1 to be 2" },
      { test: "b > four", message: "expected 3 to be 4\nand more" },
    ],
  };
  const outcome = sumUp(stack, [first, second], 12.4);

  test("adds files up, and keeps what the stack cannot do apart from failures", () => {
    expect(toJson(outcome)).toMatchObject({
      stack: "some-stack",
      adapter: "llvmpipe",
      twoFloat: "split",
      passed: 2,
      failed: 1,
      cannot: 1,
      seconds: 12,
      canNow: ["b > three"],
    });
  });

  test("a stack that ran no file has failed", () => {
    expect(sumUp(stack, [], 0).failed).toEqual([{ test: "all tests", message: "no test ran" }]);
  });

  test("shows a row a stack, and every failure, inability and ability below", () => {
    const [head, , row, , ...notes] = toText([outcome]).trimEnd().split("\n");
    const cells = (line = "") => line.split(/\s{2,}/);
    expect(cells(head)).toEqual(["stack", "adapter", "two-float", "passed", "failed", "cannot", "seconds"]);
    expect(cells(row)).toEqual(["some-stack", "llvmpipe (software)", "split", "2", "1", "1", "12"]);
    expect(notes).toEqual([
      "some-stack failed: b > four: expected 3 to be 4",
      "some-stack cannot: b > two: its compiler folds NaN (https://example.org/1)",
      "some-stack can now: b > three: take it from the list in test/stacks/stacks.ts",
    ]);
  });
});

test.each([
  ["all files run unless some are given", [], testFiles()],
  ["a file that is given runs alone", ["test/gpu/svd.test.ts"], ["test/gpu/svd.test.ts"]],
])("%s", async (_, args, expected) => {
  const run: (readonly string[])[] = [];
  await stacksCommand((files) => void run.push(files)).parseAsync(args, { from: "user" });
  expect(run).toEqual([expected]);
});

describe("names", () => {
  test("are unique, and an unknown one is refused with all of them", () => {
    const names = stacks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(() => stackNamed("opera")).toThrow(`stack: "opera" given, one of ${names.join(", ")} expected`);
  });

  test.each([
    [["--stack", "opera"], "one of chromium-swiftshader, "],
    [["test/gpu/opera.test.ts"], "A file of the GPU tests, "],
  ])("on the command line, %j: exit code 2", { timeout: 20_000 }, (args, message) => {
    const tsx = join(import.meta.dirname, "../../node_modules/tsx/dist/cli.mjs");
    const main = join(import.meta.dirname, "../stacks/main.ts");
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, main, ...args], {
      encoding: "utf8",
    });
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });
});

test("a process that hangs is ended at the limit with its whole group", { timeout: 20_000 }, async () => {
  const beats = join(folder, "beats");
  const child = 'setInterval(() => require("fs").appendFileSync(process.env.BEATS, "."), 20)';
  const parent = `
    require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}]);
    process.on("SIGTERM", () => {});
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`; // for ever
  const ended = await runCommand({
    command: [process.execPath, "-e", parent],
    env: { ...process.env, BEATS: beats },
    cwd: folder,
    stdio: "ignore",
    limit: 2,
  });
  expect(ended).toEqual({ ending: "did not end within 2 s", code: null });
  const { size } = statSync(beats);
  expect(size).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(statSync(beats).size).toBe(size);
});
