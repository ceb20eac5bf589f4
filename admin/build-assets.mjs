// Copies what the pages load from node_modules to static/vendor, with the licences beside it.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const vendor = join(here, "static", "vendor");

const files = {
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "htmx.LICENSE.txt": "htmx.org/LICENSE",
  "tokens.css": "@digital-go-jp/design-tokens/dist/tokens.css",
  "tokens.LICENSE.txt": "@digital-go-jp/design-tokens/LICENSE",
};

await rm(vendor, { recursive: true, force: true });
await mkdir(vendor, { recursive: true });
for (const [to, from] of Object.entries(files)) {
  await copyFile(join(here, "node_modules", from), join(vendor, to));
}
console.log(`static/vendor: ${Object.keys(files).join(", ")}`);
