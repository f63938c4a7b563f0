/**
 * Lets the process run until SIGTERM or SIGINT, closes in order, and ends it. A second signal ends it at once: whatever
 * was acknowledged is on disk anyway. With `VAFA_END_WITH_STDIN` in the environment the end of standard input ends it
 * too: so whoever started it to play with (the demo, a test) never leaves it behind, not even when killed.
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
  if (process.env.VAFA_END_WITH_STDIN) process.stdin.on('end', stop).on('error', stop).resume()
}
