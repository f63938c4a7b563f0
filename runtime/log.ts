import { pino } from 'pino'
import { createLogDesk, type LogDesk, type LogLevel } from './log-desk.ts'

export type Logger = pino.Logger

/**
 * Names of fields that never reach a log: raw credentials, tokens' keys, passwords, mobiles. Redaction is a net below
 * the rule that such values are not logged at all.
 */
export const redactedFields = ['value', 'secret', 'password', 'mobile', 'proof', 'uid', 'privateKey', 'displayName', 'profile']

/** Structured logs as JSON lines on standard error (or in `file`), so that standard output stays a command's own. */
export function createLogger({ name, level = levelAsked(), file }: { name: string; level?: LogLevel; file?: string }): Logger {
  return pino({ name, level, redact }, pino.destination({ dest: file ?? 2, sync: true }))
}

/** The same for a daemon, whose last lines can be asked for and whose level can be changed while it runs. */
export function createDeskedLogger({ name }: { name: string }): { log: Logger; desk: LogDesk } {
  const { desk, stream } = createLogDesk({ to: pino.destination({ dest: 2, sync: true }), level: levelAsked() })
  return { log: pino({ name, level: 'debug', redact }, stream), desk }
}

const redact = { paths: redactedFields.flatMap((f) => [f, `*.${f}`, `*.*.${f}`]), censor: '[redacted]' }

const levelAsked = (): LogLevel => {
  const asked = process.env.VAFA_LOG ?? 'info'
  return Object.hasOwn(pino.levels.values, asked) ? (asked as LogLevel) : 'info'
}

/** A logger that says nothing; for tests and for commands whose output is their own. */
export const silentLogger: Logger = pino({ level: 'silent' })
