import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { saleOf, whoIsThis } from '#agent/terminal/requests.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { cpuMs } from '#simulators/process/cpu-time.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import { startVirtualTerminal, type VirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'
import { writeInstallation } from '../../installation.ts'
import { quantilesOf } from '../quantiles.ts'
import type { DeviceFigure, DevicePart } from './figures.ts'

const terminals = 64

/** Terminals at once against one box and one club, over real sockets: a sale until its answer with the club's reply. */
export const terminalsPart: DevicePart = {
  name: 'terminals',
  async measure({ count }) {
    const folder = mkdtempSync(join(tmpdir(), 'vafa-bench-'))
    const processes: WatchedProcess[] = []
    const open: VirtualTerminal[] = []
    try {
      const clubPort = await freePort()
      const ports = new Set<number>()
      while (ports.size < terminals) ports.add(await freePort())
      const names = [...ports].map((port, n) => ({ terminal: String(n + 1).padStart(8, '0'), lane: `lane-${n + 1}`, port }))
      const { clubConfig, gatewayConfigs } = writeInstallation({
        folder: join(folder, 'installation'),
        club: 'bench',
        clubPort,
        stores: [
          {
            store: 's1',
            title: { fa: 'فروشگاه', en: 'Store' },
            lanes: names.map(({ lane }) => ({ lane, receipt: { via: 'terminal' } })),
            devices: [
              {
                device: 'terminals',
                lane: 'lane-1',
                driver: 'pos-iso8583',
                options: { terminals: names, messagesPerSecond: 100_000 },
              },
            ],
          },
        ],
      })
      for (const args of [
        ['club', '-c', clubConfig],
        ['gateway', '-c', gatewayConfigs.get('s1') ?? ''],
      ]) {
        const process = startVafa(args, { VAFA_LOG: 'info' })
        processes.push(process)
        await process.line(args[0] === 'club' ? /^ready:/ : /the club answers/)
      }
      for (const { terminal, port } of names)
        open.push(await startVirtualTerminal({ terminal, to: { tcp: { host: '127.0.0.1', port } }, timeoutMs: 30_000 }))
      const box = processes[1]?.pid ?? 0
      const each = Math.max(2, Math.floor(count / terminals))
      const first = open.slice(0, 1)
      await underLoad('warm', { open, each: 2, box, request: sale })
      return [
        await underLoad('ISO 8583 sale, one terminal', { open: first, each: each * 4, box, request: sale }),
        await underLoad(`ISO 8583 sale, ${terminals} terminals at once`, { open, each, box, request: sale }),
        await underLoad(`ISO 8583 look-up, ${terminals} terminals at once`, { open, each, box, request: lookUp }),
      ]
    } finally {
      for (const terminal of open) await terminal.close()
      for (const process of processes.reverse()) await process.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const phone = (terminal: number) => ({ kind: 'phone' as const, value: `0912${String(1_000_000 + terminal)}` })

type Request = (terminal: VirtualTerminal, number: number) => IsoMessage

const sale: Request = (terminal, number) => saleOf(terminal.begin(), { total: 450_000, paid: 450_000, credential: phone(number) })
const lookUp: Request = (terminal, number) => whoIsThis(terminal.begin(), phone(number))

/** Each terminal asks one after the other, all of them at once. Throws where a sale is refused. */
async function underLoad(
  name: string,
  { open, each, box, request }: { open: readonly VirtualTerminal[]; each: number; box: number; request: Request },
): Promise<DeviceFigure> {
  const cpu = cpuMs(box)
  const begin = performance.now()
  const times = await Promise.all(
    open.map(async (terminal, number) => {
      const taken: number[] = []
      for (let n = 0; n < each; n += 1) {
        const message = request(terminal, number)
        const sent = performance.now()
        // Not by `ask`: the virtual terminal's growing journal is not what is measured.
        const answer = await terminal.exchange(message)
        taken.push(performance.now() - sent)
        if (request === sale && answer.fields[39] !== '00') throw new Error(`a sale was answered ${answer.fields[39]}`)
      }
      return taken
    }),
  )
  const count = open.length * each
  return {
    kind: 'load',
    name,
    count,
    perSecond: (count * 1_000) / (performance.now() - begin),
    ms: quantilesOf(times.flat()),
    boxCpuMs: (cpuMs(box) - cpu) / count,
  }
}
