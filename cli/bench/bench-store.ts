import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { type StorePlan, writeInstallation } from '../installation.ts'

/** A club and its store `s1` in a folder of their own, on real sockets and a real disk; nothing runs before it is started. */
export interface BenchStore {
  readonly folder: string
  readonly clubPort: number
  readonly clubConfig: string
  readonly boxConfig: string
  startClub(): Promise<StartedDaemon>
  /** Resolves when the box is ready; it may not have reached the club yet. */
  startBox(): Promise<StartedDaemon>
  /** The club, then the box; resolves when the club answers it. */
  start(): Promise<{ club: StartedDaemon; box: StartedDaemon }>
  /** Stops what was started, the last first, and leaves no file. */
  close(): Promise<void>
}

export interface StartedDaemon {
  process: WatchedProcess
  /** From the start of its process until it said that it is ready, milliseconds. */
  readyMs: number
}

/** Of a box with a long backlog, on a busy machine. */
const patienceMs = 120_000

/** `others`: stores that the club knows besides. */
export async function layBenchStore(
  plan: Omit<StorePlan, 'store' | 'title'>,
  { others = [] }: { others?: StorePlan[] } = {},
): Promise<BenchStore> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-bench-'))
  const clubPort = await freePort()
  const { clubConfig, gatewayConfigs } = writeInstallation({
    ...{ folder: join(folder, 'installation'), club: 'bench', clubPort },
    stores: [{ store: 's1', title: { fa: 'فروشگاه', en: 'Store' }, ...plan }, ...others],
  })
  const boxConfig = gatewayConfigs.get('s1') ?? ''
  const processes: WatchedProcess[] = []
  const started = async (command: 'club' | 'gateway', config: string): Promise<StartedDaemon> => {
    const begin = performance.now()
    const process = startVafa([command, '-c', config])
    processes.push(process)
    await process.line(/^ready:/, patienceMs)
    return { process, readyMs: Math.round(performance.now() - begin) }
  }
  const startClub = () => started('club', clubConfig)
  const startBox = () => started('gateway', boxConfig)
  return {
    ...{ folder, clubPort, clubConfig, boxConfig, startClub, startBox },
    async start() {
      const [club, box] = [await startClub(), await startBox()]
      await box.process.line(/the club answers/, patienceMs)
      return { club, box }
    },
    async close() {
      for (const process of processes.reverse()) await process.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** So many ports that are free, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
