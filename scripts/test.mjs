// `npm test`: build, lint, types, then every test. Closes with "N passed, N failed, N skipped".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const counts = { passed: 0, failed: 0, skipped: 0 };
const windows = process.platform === "win32";
const bin = (name) => join(root, "node_modules", ".bin", windows ? `${name}.cmd` : name);

function stage(name, command, args) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: windows });
  counts[status === 0 ? "passed" : "failed"]++;
  return status === 0;
}

const built = stage("build", process.execPath, [join(root, "scripts", "build.mjs")]);
stage("lint", bin("biome"), ["check", "--error-on-warnings", "."]);
stage("types", bin("tsc"), ["-p", "tsconfig.test.json", "--noEmit"]);
stage("types of the page", bin("tsc"), ["-p", "src/web/tsconfig.json", "--noEmit"]);
if (built) {
  stage("generated files are up to date", process.execPath, [
    join(root, "scripts", "generate.mjs"),
    "--check",
  ]);
  console.log("\n== tests");
  const folder = mkdtempSync(join(tmpdir(), "stedloop-test-"));
  const out = join(folder, "report.json");
  const args = [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${out}`,
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync(bin("vitest"), args, { cwd: root, stdio: "inherit", shell: windows });
  try {
    const report = JSON.parse(readFileSync(out, "utf8"));
    counts.passed += report.numPassedTests;
    counts.failed += report.numFailedTests;
    counts.skipped += report.numPendingTests + (report.numTodoTests ?? 0);
    // A suite that could not even load counts as a failure although none of its tests ran.
    if (status !== 0 && report.numFailedTests === 0) counts.failed += Math.max(1, report.numFailedTestSuites);
  } catch {
    counts.failed++;
  }
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);
