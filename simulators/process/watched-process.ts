import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const vafa = join(dirname(fileURLToPath(import.meta.url)), '../../cli/vafa.js')

/** A running process and what it said so far. */
export interface WatchedProcess {
  readonly pid: number
  readonly output: () => string
  /** Resolves with the first line of standard output or error that matches; rejects when the process ends before. */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>
  /** Resolves when the process has ended: its exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>
  signal(name: NodeJS.Signals): void
  /** Asks it to end (SIGTERM), waits, and kills it after 5 s. */
  stop(): Promise<number | NodeJS.Signals>
}

/** Starts `vafa` with these arguments, as a user would, on this Node. `logFile`: a descriptor that takes standard error. */
export function startVafa(args: readonly string[], env: Record<string, string> = {}, logFile?: number): WatchedProcess {
  return startProcess(process.execPath, [vafa, ...args], env, logFile)
}

/** Runs any command in the same way. What it starts of Vafa ends with this process, whatever ends that. */
export function startProcess(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  logFile?: number,
): WatchedProcess {
  const stdio = ['pipe', 'pipe', logFile ?? 'pipe'] as const
  return watch(spawn(command, args, { env: { ...process.env, VAFA_END_WITH_STDIN: '1', ...env }, stdio: [...stdio] }))
}

/** The command line of `vafa …` on this Node, to run it under another program (strace, nsenter). */
export const vafaCommand = (args: readonly string[]): [string, ...string[]] => [process.execPath, vafa, ...args]

function watch(child: ChildProcess): WatchedProcess {
  let text = ''
  const listeners = new Set<() => void>()
  const take = (chunk: Buffer) => {
    text += chunk.toString('utf8')
    for (const listener of listeners) listener()
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  let over: number | NodeJS.Signals | undefined
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('error', (error) => {
      text += `${error}\n`
    })
    child.on('close', (code, signal) => {
      over = code ?? signal ?? 1
      for (const listener of listeners) listener()
      resolve(over)
    })
  })
  const self: WatchedProcess = {
    pid: child.pid ?? -1,
    output: () => text,
    ended,
    line(pattern, timeoutMs = 20_000) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = text.split('\n').find((line) => pattern.test(line))
          if (found !== undefined) finish(() => resolve(found))
          else if (over !== undefined)
            finish(() => reject(new Error(`ended (${over}) before ${pattern}:\n${text.slice(-3_000)}`)))
        }
        const timer = setTimeout(
          () => finish(() => reject(new Error(`no line ${pattern} in ${timeoutMs} ms:\n${text.slice(-3_000)}`))),
          timeoutMs,
        )
        const finish = (end: () => void) => {
          clearTimeout(timer)
          listeners.delete(look)
          end()
        }
        listeners.add(look)
        look()
      })
    },
    signal: (name) => child.kill(name),
    async stop() {
      if (over !== undefined) return over
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      const result = await ended
      clearTimeout(timer)
      return result
    },
  }
  return self
}
