import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

/** Why there is no software Vulkan device here, or null when there is: the one in @sparticuz/chromium is Linux on x64. */
export const noSoftwareGpu =
  process.platform === "linux" && process.arch === "x64"
    ? null
    : "the software Vulkan device is for Linux x64 only";

/** Unpacks the Vulkan loader and SwiftShader, and gives the environment in which they are found. */
export function softwareGpu(): { readonly folder: string; readonly env: Readonly<Record<string, string>> } {
  const require = createRequire(import.meta.url);
  const home = dirname(dirname(dirname(require.resolve("@sparticuz/chromium"))));
  const tar = brotliDecompressSync(readFileSync(join(home, "bin", "swiftshader.tar.br")));
  const folder = mkdtempSync(join(tmpdir(), "stedloop-vulkan-"));
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    if (name === "") break;
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    if (/^(libvk_swiftshader\.so|libvulkan\.so\.1|vk_swiftshader_icd\.json)$/.test(name)) {
      writeFileSync(join(folder, name), tar.subarray(at + 512, at + 512 + size));
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return {
    folder,
    env: { LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json") },
  };
}
