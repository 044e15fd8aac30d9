/** The documents that a reader is sent to, and the code in them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./package.ts";

/** Paths from the root of the repository. */
export const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "shaders/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export function read(document: string): string {
  return readFileSync(join(root, document), "utf8");
}

/** A fenced block of code. */
export interface Snippet {
  readonly document: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

export function snippetsOf(document: string): Snippet[] {
  const text = read(document);
  const blocks = text.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms);
  return Array.from(blocks, ({ 1: indent = "", 2: language = "", 3: code = "", index }) => {
    const line = text.slice(0, index).split("\n").length + 1;
    return { document, line, language, text: code.replace(new RegExp(`^${indent}`, "gm"), "") };
  });
}

/**
 * A program in TypeScript: a snippet that begins with its imports, and those that go on from it in the same document.
 * Its first line may say in a comment where in the repository it would stand.
 */
export interface Program {
  readonly document: string;
  readonly line: number;
  /** Every line has its number in the document. */
  readonly text: string;
}

export function programsOf(document: string): Program[] {
  const programs: { document: string; line: number; text: string }[] = [];
  for (const { line, language, text } of snippetsOf(document)) {
    if (language !== "ts") continue;
    const last = programs.at(-1);
    if (last && !/^(\/\/ \S+\.ts\n)?import /.test(text)) last.text = below(line, last.text) + text;
    else programs.push({ document, line, text: below(line, "") + text });
  }
  return programs;
}

/** `text` with empty lines after it, so that what follows has the number `line`. */
function below(line: number, text: string): string {
  return text + "\n".repeat(line - text.split("\n").length);
}

/** A command of a shell snippet, or one of npm or npx that stands in a sentence. */
export interface ShellCommand {
  readonly document: string;
  readonly text: string;
}

export function commandsOf(document: string): ShellCommand[] {
  const inSnippets = snippetsOf(document)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.split("\n").map((line) => line.replace(/(^|\s+)#.*$/, "")))
    .filter((line) => line !== "");
  const inSentences = codeOf(document).filter((code) => /^np[mx] /.test(code));
  return [...inSnippets, ...inSentences].map((text) => ({ document, text }));
}

/** The code in the sentences of a document, `like this`. */
export function codeOf(document: string): string[] {
  const prose = read(document).replace(/^( *)```.*?^\1```$/gms, "");
  return Array.from(prose.matchAll(/`([^`\n]+)`/g), ([, code = ""]) => code);
}
