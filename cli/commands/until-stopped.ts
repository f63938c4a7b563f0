/**
 * Lets the process run until SIGTERM or SIGINT, closes in order, and ends it. A second signal ends it at once: whatever
 * was acknowledged is on disk anyway.
 */
export function untilStopped(close: () => Promise<void>): void {
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`vafa: did not close cleanly: ${error instanceof Error ? error.message : error}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
