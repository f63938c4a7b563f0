import { spawn } from 'node:child_process'
import type { Key } from '#agent/machine/inputs.ts'
import { vafaCommand } from '../process/watched-process.ts'
import { createGlass } from './glass.ts'

const bytesOf: Partial<Record<Key, string>> = { enter: '\r', clear: '\x7f', cancel: '\x1b', menu: '*', credit: '+' }

/** `vafa agent` on a pseudo-terminal of its own, with somebody at its keypad. */
export interface AgentConsole {
  readonly pid: number
  /** What stands on the glass now. */
  screen(): string
  /** Presses keys: digits one by one, the others by their names. */
  press(...keys: (Key | `${number}`)[]): void
  /** Resolves with the screen as soon as it fits, or does already. Rejects with what it shows after 20 s. */
  until(pattern: RegExp): Promise<string>
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Pulls the plug: SIGKILL of the agent. */
  kill(): Promise<void>
  close(): Promise<void>
}

const deadlineMs = 20_000

export function startAgentConsole({
  config,
  columns = 32,
  rows = 12,
  env = {},
}: {
  config: string
  columns?: number
  rows?: number
  env?: Record<string, string>
}): AgentConsole {
  const command = vafaCommand(['agent', '-c', config]).join(' ')
  // Its standard error is no console: that is where it logs.
  const child = spawn('socat', ['-', `SYSTEM:exec ${command} 2>>${config}.log,pty,setsid,ctty,raw,echo=0`], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const glass = createGlass({ columns, rows })
  const watchers = new Set<() => void>()
  let said = ''
  let over: number | NodeJS.Signals | undefined
  const changed = () => {
    for (const watcher of watchers) watcher()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    glass.write(text)
    changed()
  })
  child.stderr.on('data', (text) => {
    said += String(text)
  })
  // Keys that are pressed on a terminal whose power has just gone do nothing.
  child.stdin.on('error', () => undefined)
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => {
      over = code ?? signal ?? 1
      changed()
      resolve(over)
    })
  })
  const screen = () => glass.lines().join('\n')
  const end = (signal: NodeJS.Signals) => {
    // socat and the agent are one group's: neither outlives the other.
    try {
      process.kill(-(child.pid ?? 0), signal)
    } catch {
      child.kill(signal)
    }
  }
  return {
    pid: child.pid ?? -1,
    screen,
    ended,
    press(...keys) {
      for (const key of keys) child.stdin.write(bytesOf[key as Key] ?? key)
    },
    until(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(screen())) finish(() => resolve(screen()))
          else if (over !== undefined) finish(() => reject(new Error(`the agent ended (${over}): ${said}\n${screen()}`)))
        }
        const timer = setTimeout(() => finish(() => reject(new Error(`no ${pattern} on\n${screen()}\n${said}`))), deadlineMs)
        const finish = (end: () => void) => {
          clearTimeout(timer)
          watchers.delete(look)
          end()
        }
        watchers.add(look)
        look()
      })
    },
    async kill() {
      end('SIGKILL')
      await ended
    },
    async close() {
      if (over !== undefined) return
      end('SIGTERM')
      const timer = setTimeout(() => end('SIGKILL'), 5_000)
      await ended
      clearTimeout(timer)
    },
  }
}
