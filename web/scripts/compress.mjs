// Beside every text file that is worth it, what the server gives to browsers that take it compressed.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const LEAST_BYTES = 1024;
const root = join(dirname(fileURLToPath(import.meta.url)), "../../src/snellen/server/static");
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } };
for (const name of readdirSync(root, { recursive: true })) {
  if (!/\.(js|css|html|svg)$/.test(name)) continue;
  const path = join(root, name);
  const data = readFileSync(path);
  if (data.length < LEAST_BYTES) continue;
  writeFileSync(`${path}.br`, brotliCompressSync(data, brotli));
  writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
}
