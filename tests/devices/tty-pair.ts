import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Two ttys joined by a cable: what is written to `a` is read at `b`, and the other way. */
export interface TtyPair {
  readonly a: string
  readonly b: string
  /** Pulls the cable and both adapters; the paths are gone then. */
  unplug(): Promise<void>
  /** Puts them back under the same paths. */
  plug(): Promise<void>
  close(): Promise<void>
}

/** Opens a pair by socat, plugged in unless `unplugged`. */
export async function openTtyPair({ start = 'plugged' }: { start?: 'plugged' | 'unplugged' } = {}): Promise<TtyPair> {
  const folder = await mkdtemp(join(tmpdir(), 'vafa-tty-'))
  const [a, b] = [join(folder, 'a'), join(folder, 'b')]
  let socat: ChildProcess | undefined

  const plug = async () => {
    const end = (path: string) => `pty,raw,echo=0,link=${path}`
    const child = spawn('socat', ['-d', '-d', end(a), end(b)], { stdio: ['ignore', 'ignore', 'pipe'] })
    socat = child
    let said = ''
    for await (const text of child.stderr) {
      said += String(text)
      if (said.includes('starting data transfer loop')) break
    }
    if (!said.includes('starting data transfer loop')) throw new Error(`socat did not start: ${said}`)
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
    async close() {
      await unplug()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
