import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { writeUmockdev } from '#simulators/hid/umockdev-files.ts'
import type { VirtualHidDevice } from '#simulators/hid/virtual-hid.ts'

export interface HidrawRun {
  /** The first line of the driver's process that fits. */
  line(matches: (line: HidrawLine) => boolean): Promise<HidrawLine>
  readonly lines: HidrawLine[]
  /** Lets the device go and gives how the process ended. */
  end(): Promise<number | null>
}

export interface HidrawLine {
  event?: {
    kind: string
    credential?: { kind: string; value: string }
    scan?: { is: string; gtin?: string }
    key?: string
    reason?: string
  }
  health?: string
  reason?: string
  connected?: true
  closed?: string | true
  refused?: { key?: string; message: string; hint?: string }
}

/** Runs a driver where umockdev shows this device; the reports come when it is connected. */
export async function onHidraw(
  hid: VirtualHidDevice & { reports: readonly Uint8Array[] },
  { driver, options = {} }: { driver: string; options?: object },
): Promise<HidrawRun> {
  const folder = await mkdtemp(join(tmpdir(), 'vafa-hid-'))
  const [program = '', ...words] = writeUmockdev(folder, { ...hid, starts: 'when-written' })
  const child = spawn(
    program,
    [
      ...words,
      process.execPath,
      join(import.meta.dirname, 'hidraw-process.ts'),
      driver,
      JSON.stringify(options),
      hid.device.path,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  const exited = once(child, 'exit')
  let complaints = ''
  child.stderr.on('data', (text) => {
    complaints += String(text)
  })
  const lines: HidrawLine[] = []
  const watchers = new Set<() => void>()
  const reader = createInterface({ input: child.stdout })
  const tell = () => {
    for (const watcher of watchers) watcher()
  }
  reader.on('line', (line) => {
    lines.push(JSON.parse(line))
    tell()
  })
  let over = false
  reader.on('close', () => {
    over = true
    tell()
  })
  return {
    lines,
    line: (matches) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(matches)
          if (found) resolve(found)
          else if (over) reject(new Error(`it ended after ${JSON.stringify(lines)}: ${complaints}`))
          else return
          clearTimeout(late)
          watchers.delete(look)
        }
        const late = setTimeout(() => reject(new Error(`only ${JSON.stringify(lines)}: ${complaints}`)), 20_000)
        watchers.add(look)
        look()
      }),
    async end() {
      child.stdin.end()
      const [code] = await exited
      await rm(folder, { recursive: true, force: true })
      return code
    },
  }
}
