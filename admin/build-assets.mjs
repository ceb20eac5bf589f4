// Puts what the pages load from node_modules into the vendor folders of the rooms, with the licences beside it.
import { build } from "esbuild";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const house = dirname(here);

const tokens = {
  "tokens.css": "@digital-go-jp/design-tokens/dist/tokens.css",
  "tokens.LICENSE.txt": "@digital-go-jp/design-tokens/LICENSE",
};
const rooms = {
  "admin/static/vendor": { "htmx.min.js": "htmx.org/dist/htmx.min.js", "htmx.LICENSE.txt": "htmx.org/LICENSE", ...tokens },
  // The terms of LINE's SDK stand at the end of its README.
  "bot/form/static/vendor": { "liff.LICENSE.txt": "@line/liff/README.md", ...tokens },
  "bot/richmenu/vendor": {
    "NotoSansJP_500Medium.ttf": "@expo-google-fonts/noto-sans-jp/500Medium/NotoSansJP_500Medium.ttf",
    "NotoSansJP.LICENSE.txt": "@expo-google-fonts/noto-sans-jp/LICENSE_FONT",
  },
};

// What the 安心フォーム needs of LINE's LIFF SDK, and nothing else of it: no analytics, no messages, no profile.
const liff = `
  import liff from "@line/liff/core";
  import CloseWindow from "@line/liff/close-window";
  import GetIDToken from "@line/liff/get-id-token";
  import IsInClient from "@line/liff/is-in-client";
  import IsLoggedIn from "@line/liff/is-logged-in";
  import Login from "@line/liff/login";

  for (const Part of [CloseWindow, GetIDToken, IsInClient, IsLoggedIn, Login]) liff.use(new Part());
  globalThis.liff = liff;
`;

for (const [room, files] of Object.entries(rooms)) {
  const vendor = join(house, room);
  await rm(vendor, { recursive: true, force: true });
  await mkdir(vendor, { recursive: true });
  for (const [to, from] of Object.entries(files)) {
    await copyFile(join(here, "node_modules", from), join(vendor, to));
  }
  console.log(`${room}: ${Object.keys(files).join(", ")}`);
}

await build({
  stdin: { contents: liff, resolveDir: here },
  outfile: join(house, "bot/form/static/vendor/liff.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2019",
  legalComments: "inline",
  logLevel: "warning",
});
console.log("bot/form/static/vendor: liff.js");
