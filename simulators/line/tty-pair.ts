import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf, VafaError } from '#runtime/errors.ts'

/** Two ttys joined by a cable: what is written to `a` is read at `b`, and the other way. */
export interface TtyPair {
  readonly a: string
  readonly b: string
  /** Pulls the cable and both adapters; the paths are gone then. */
  unplug(): Promise<void>
  /** Puts them back under the same paths. */
  plug(): Promise<void>
  /** Resolves when a process has `a` open, as far as it can be seen (proc(5)); after 35 s in any case. */
  opened(): Promise<void>
  close(): Promise<void>
}

/** Opens a pair by socat, plugged in unless `unplugged`. `near`: the path of `a`, where it matters. */
export async function openTtyPair({
  start = 'plugged',
  near,
}: {
  start?: 'plugged' | 'unplugged'
  near?: string
} = {}): Promise<TtyPair> {
  const folder = await mkdtemp(join(tmpdir(), 'vafa-tty-'))
  const [a, b] = [near ?? join(folder, 'a'), join(folder, 'b')]
  let socat: ChildProcess | undefined

  const plug = async () => {
    const end = (path: string) => `pty,raw,echo=0,link=${path}`
    const child = spawn('socat', ['-d', '-d', end(a), end(b)], { stdio: ['ignore', 'ignore', 'pipe'] })
    const missing = once(child, 'error').then(([cause]) => Promise.reject(noSocat(cause)))
    missing.catch(() => undefined)
    await Promise.race([once(child, 'spawn'), missing])
    socat = child
    let said = ''
    for await (const text of child.stderr) {
      said += String(text)
      if (said.includes('starting data transfer loop')) break
    }
    if (!said.includes('starting data transfer loop')) throw noSocat(said)
  }
  const unplug = async () => {
    const child = socat
    socat = undefined
    if (!child || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }
  if (start === 'plugged') await plug()
  return {
    a,
    b,
    plug,
    unplug,
    opened: () => untilOpened(a, () => socat?.pid),
    async close() {
      await unplug()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Longer than a gateway waits between two attempts. */
const longestWaitMs = 35_000
const lookMs = 50
/** Whoever opens a serial port first drops what it held from before. */
const settleMs = 300

async function untilOpened(path: string, socat: () => number | undefined): Promise<void> {
  const deadline = performance.now() + longestWaitMs
  while (!isOpen(path, socat()) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, lookMs))
  await new Promise((resolve) => setTimeout(resolve, settleMs))
}

/** Whether a process of ours has the tty open, besides the socat that made it. Those of other users are not shown. */
function isOpen(path: string, socat: number | undefined): boolean {
  try {
    const tty = realpathSync(path)
    return readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && Number(pid) !== socat && filesOf(pid).includes(tty))
  } catch {
    return false
  }
}

function filesOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
  } catch {
    // It has ended, it is another user's, or one of its files has just been closed.
    return []
  }
}

const noSocat = (cause: unknown): VafaError =>
  new VafaError({
    key: 'sim.no-tty',
    message: `no pair of ttys could be made: ${messageOf(cause)}`,
    hint: 'apt-get install socat',
    permanent: false,
    cause,
  })
