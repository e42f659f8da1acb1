/*
 * Crashes a program on SIGUSR2 by an error that carries what it should not tell: its words, a member deep inside, a cause.
 */
process.on("SIGUSR2", () => {
  const secret = process.env["CRASH_SECRET"] ?? "";
  setImmediate(() => {
    const cause = Object.assign(new Error(`caused by ${encodeURIComponent(secret)}`), {
      request: { options: { headers: ["X-Key", secret] } },
    });
    throw new Error(`crashed with ${secret}`, { cause });
  });
});
