import { saleOf, whoIsThis } from '#agent/terminal/requests.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { cpuMs } from '#simulators/process/cpu-time.ts'
import { startVirtualTerminal, type VirtualTerminal } from '#simulators/terminal/virtual-terminal.ts'
import { freePorts, layBenchStore } from '../bench-store.ts'
import { quantilesOf } from '../quantiles.ts'
import type { DeviceFigure, DevicePart } from './figures.ts'

const terminals = 64

/** Terminals at once against one box and one club, over real sockets: a sale until its answer with the club's reply. */
export const terminalsPart: DevicePart = {
  name: 'terminals',
  async measure({ count }) {
    const ports = await freePorts(terminals)
    const names = ports.map((port, n) => ({ terminal: String(n + 1).padStart(8, '0'), lane: `lane-${n + 1}`, port }))
    const store = await layBenchStore({
      lanes: names.map(({ lane }) => ({ lane, receipt: { via: 'terminal' } })),
      devices: [
        {
          device: 'terminals',
          lane: 'lane-1',
          driver: 'pos-iso8583',
          options: { terminals: names, messagesPerSecond: 100_000 },
        },
      ],
    })
    const open: VirtualTerminal[] = []
    try {
      const { process } = (await store.start()).box
      for (const { terminal, port } of names)
        open.push(await startVirtualTerminal({ terminal, to: { tcp: { host: '127.0.0.1', port } }, timeoutMs: 30_000 }))
      const box = process.pid
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
      await store.close()
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
