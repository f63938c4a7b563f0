import { messageOf, VafaError } from '#runtime/errors.ts'

/** What a process's end means to a script. `vafa --help` lists them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  missing: 4,
} as const

/** The exit code of an error: wrong configuration and missing things are told apart from the rest. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof VafaError)) return exitCodes.failed
  const [subject, what] = error.key.split('.')
  if (subject === 'usage') return exitCodes.usage
  if (subject === 'config' || subject === 'secret' || subject === 'programme') return exitCodes.configuration
  if (what === 'absent' || what === 'binding-missing' || what === 'unreachable' || what === 'no-reader') return exitCodes.missing
  return exitCodes.failed
}

/**
 * What a person reads when a command fails: one line that names the thing, and the way out. The stack only with
 * `--verbose`: it helps whoever mends Vafa, not whoever uses it.
 */
export function describeFailure(error: unknown, options: { verbose: boolean }): string {
  const message = messageOf(error)
  // A message of several lines, one for each wrong line of a file, gets the way out on a line of its own.
  const apart = message.includes('\n') ? '\n' : ': '
  const hint = error instanceof VafaError && error.hint ? `${apart}${error.hint}` : ''
  const line = `vafa: ${message}${hint}\n`
  if (!options.verbose) return line
  const cause =
    error instanceof Error && error.cause ? `\ncaused by: ${error.cause instanceof Error ? error.cause.stack : error.cause}` : ''
  return `${line}${error instanceof Error ? error.stack : ''}${cause}\n`
}
