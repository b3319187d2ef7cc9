// Run as its own process: strip-types.ts INTO FILE.ts... writes each file without its types as INTO/FILE.js.
import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { basename, join } from "node:path";

const [into = "", ...files] = process.argv.slice(2);
for (const file of files) {
  const code = stripTypeScriptTypes(readFileSync(file, "utf8"));
  const relinked = code.replaceAll(/(from "\.\/envd[\w-]*)\.ts"/g, '$1.js"');
  writeFileSync(join(into, `${basename(file, ".ts")}.js`), relinked);
}
