import type { Writable } from 'node:stream'

const levels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const
export type LogLevel = keyof typeof levels

/** The last lines of a daemon's log, and from which level on it writes: both can be asked and changed while it runs. */
export interface LogDesk {
  /** As they were written, newest last. */
  recent(lines: number): readonly string[]
  readonly level: LogLevel
  setLevel(level: LogLevel): void
}

const linesKept = 1_000
const lineMax = 2_000

/**
 * A stream for pino that remembers what went through it. Loggers below a logger keep the level that they were made with, so
 * the level is judged here, for all of them.
 */
export function createLogDesk({ to, level }: { to: Pick<Writable, 'write'>; level: LogLevel }) {
  const lines: string[] = []
  let from: LogLevel = level
  const desk: LogDesk = {
    recent: (count) => lines.slice(-count),
    get level() {
      return from
    },
    setLevel(next) {
      from = next
    },
  }
  const stream = {
    // pino then says the level of each line in `lastLevel`.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      if (this.lastLevel < levels[from]) return
      to.write(line)
      lines.push(line.trimEnd().slice(0, lineMax))
      if (lines.length > linesKept) lines.splice(0, lines.length - linesKept)
    },
  }
  return { desk, stream }
}
