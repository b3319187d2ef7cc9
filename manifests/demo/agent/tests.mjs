// What the tests of a Node project are, which of them fail, and which files they test.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";

const TEST_FILE = /(?:\.test|\.spec|-test)\.[cm]?js$|^test[/\\][^/\\]+\.[cm]?js$/;
const IMPORT = /(?:from\s+|import\s*\(?\s*|require\s*\(\s*)["'](\.{1,2}\/[^"']+)["']/g;
const SKIPPED = new Set(["node_modules", ".git", "dist", "build", "coverage"]);

/** The project's own command, without its package manager, which may not be there. */
export async function testCommand() {
  const manifest = await readFile("package.json", "utf8").then(JSON.parse, () => ({}));
  const script = manifest.scripts?.test;
  const shown = typeof script === "string" && script !== "" ? script : "node --test";
  return { shown, command: `PATH="$PWD/node_modules/.bin:$PATH"; export PATH; ${shown}` };
}

/** Files and test names that the output of a failed run mentions; every test file where it names none. */
export async function failingTests(output) {
  const files = await listTests(".");
  const blamed = files.filter((file) => new RegExp(`${escape(file)}:\\d+`).test(output));
  const names = [
    ...new Set([...output.matchAll(/^\s*(?:not ok \d+ - |✖ )(.+?)(?: \([\d.]+ms\))?$/gm)].map((found) => found[1])),
  ];
  const wanted = blamed.length > 0 ? blamed : files;
  const titles = names.filter((name) => name !== "failing tests:" && !files.some((file) => name.endsWith(file)));
  return wanted.map((file, at) => ({ file, names: at === 0 ? titles : [] }));
}

async function listTests(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) found.push(...(await listTests(path)));
    if (entry.isFile() && TEST_FILE.test(path)) found.push(path);
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

/** Files of the project that the tests import, nearest first. */
export async function sourcesOf(tests) {
  const sources = [];
  const queue = [...tests];
  for (let file = queue.shift(); file !== undefined && sources.length < 10; file = queue.shift()) {
    const content = await readFile(file, "utf8").catch(() => "");
    for (const [, wanted] of content.matchAll(IMPORT)) {
      const path = resolve(dirname(file), wanted);
      if (path === undefined || sources.includes(path) || tests.includes(path)) continue;
      sources.push(path);
      queue.push(path);
    }
  }
  return sources;
}

function resolve(folder, wanted) {
  const base = normalize(join(folder, wanted));
  const path = [base, `${base}.js`, `${base}.mjs`, join(base, "index.js")].find(
    (each) => /\.[cm]?js$/.test(each) && existsSync(each),
  );
  const inside = path === undefined ? undefined : relative(".", path);
  return inside === undefined || inside.startsWith("..") ? undefined : inside;
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
