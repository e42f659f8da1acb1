import type { Reporter, TestModule } from "vitest/node";

/** Prints one plain closing line (`N passed, N failed, N skipped`) and fails a run that executed no test. */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      if (module.errors().length > 0) count.failed += 1;
    }
    process.stdout.write(
      `\n${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`,
    );
    if (count.passed + count.failed === 0) process.exitCode = 1;
  }
}
