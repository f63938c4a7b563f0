import { pino } from 'pino'

export type Logger = pino.Logger

/**
 * Names of fields that never reach a log: raw credentials, tokens' keys, passwords, mobiles. Redaction is a net below
 * the rule that such values are not logged at all.
 */
export const redactedFields = ['value', 'secret', 'password', 'mobile', 'proof', 'uid', 'privateKey', 'displayName', 'profile']

/** Structured logs as JSON lines on standard error (or in `file`), so that standard output stays a command's own. */
export function createLogger(options: { name: string; level?: string; file?: string }): Logger {
  return pino(
    {
      name: options.name,
      level: options.level ?? process.env.VAFA_LOG ?? 'info',
      redact: { paths: redactedFields.flatMap((f) => [f, `*.${f}`, `*.*.${f}`]), censor: '[redacted]' },
    },
    pino.destination({ dest: options.file ?? 2, sync: true }),
  )
}

/** A logger that says nothing; for tests and for commands whose output is their own. */
export const silentLogger: Logger = pino({ level: 'silent' })
