/** A Python with the packages that a test wants, in a virtual environment made once in node_modules/.cache. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const windows = process.platform === "win32";

/** Path of a Python that imports `modules`, or a text beginning with "no " that says why there is none. */
export function pythonWith(name: string, packages: readonly string[], modules: readonly string[]): string {
  const system = windows ? "python" : "python3";
  const works = (python: string): boolean => {
    try {
      const imports = modules.map((m) => `import ${m}`).join("\n");
      execFileSync(python, ["-c", imports], { stdio: "ignore", timeout: 60_000 });
      return true;
    } catch {
      return false;
    }
  };
  const cache = join(root, "node_modules", ".cache", name);
  const inVenv = join(cache, windows ? "Scripts/python.exe" : "bin/python");
  if (works(system)) return system;
  if (existsSync(inVenv) && works(inVenv)) return inVenv;
  try {
    execFileSync(system, ["-m", "venv", cache], { stdio: "ignore", timeout: 60_000 });
    execFileSync(inVenv, ["-m", "pip", "install", "--quiet", ...packages], {
      stdio: "ignore",
      timeout: 300_000,
    });
    return works(inVenv) ? inVenv : `no ${modules.join(", ")} that loads`;
  } catch {
    return `no python3 into which pip could install ${packages.join(", ")}`;
  }
}
