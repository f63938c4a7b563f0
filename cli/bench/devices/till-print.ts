import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type PaperTill, startPaperTill } from '#simulators/paper-till/paper-till.ts'
import { cutBytes, receiptBytes, rulesOf } from '#simulators/paper-till/receipts.ts'
import { startVirtualPrinter, type VirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { connectTillWhenThere } from '#simulators/till/when-there.ts'
import { layBenchStore } from '../bench-store.ts'
import { quantilesOf } from '../quantiles.ts'
import type { DeviceFigure, DevicePart } from './figures.ts'

/** A receipt through the box takes tens of milliseconds, and each is printed twice. */
const share = 10

/** What the box between a till and its printer adds until the paper is cut: each receipt once straight, once through. */
export const tillPrintPart: DevicePart = {
  name: 'till-print',
  async measure({ count }) {
    const printer = await startVirtualPrinter()
    const [paperPort, lanePort] = [await freePort(), await freePort()]
    const store = await layBenchStore({
      lanes: [{ lane: 'lane-1', earnOnly: true, receipt: { via: 'till' } }],
      devices: [
        {
          device: 'paper',
          lane: 'lane-1',
          driver: 'till-print',
          options: {
            till: { tcp: { port: paperPort } },
            printer: { tcp: { host: '127.0.0.1', port: printer.port } },
            rulesFile: 'till-rules.yaml',
          },
        },
        { device: 'till', lane: 'lane-1', driver: 'till-tcp', options: { port: lanePort } },
      ],
    })
    try {
      writeFileSync(join(dirname(store.boxConfig), 'till-rules.yaml'), rulesOf.dos)
      await store.start()
      // The till's own port is there as soon as the devices are.
      await (await connectTillWhenThere({ port: lanePort })).close()
      const through = await startPaperTill({ tcp: { port: paperPort } })
      const straight = await startPaperTill({ tcp: { port: printer.port } })
      const tills = { through, straight, printer }
      for (let n = 0; n < 5; n += 1) await printed(through, printer, receipt(`warm-${n}`))
      const receipts = Math.max(10, Math.floor(count / share))
      const figures = [
        await compared('till-print, a paper that is no receipt', { ...tills, receipts, make: () => kitchen }),
        await compared('till-print, a receipt with the club’s lines', { ...tills, receipts, make: (n) => receipt(`${n}`) }),
      ]
      await through.close()
      await straight.close()
      return figures
    } finally {
      await store.close()
      await printer.close()
    }
  },
}

const items = [1, 2, 3].map((n) => ({ name: `قهوه ${n}`, quantity: n, amount: 150_000 * n }))
const receipt = (number: string) => Buffer.concat([receiptBytes({ number, items }, 'dos'), cutBytes.feeding])
const kitchen = Buffer.concat([receiptBytes({ number: '1', items }, 'dos', ['آشپزخانه']), cutBytes.feeding])

/** Milliseconds from the till's first byte until the cut. */
async function printed(till: PaperTill, printer: VirtualPrinter, bytes: Buffer): Promise<number> {
  const begin = performance.now()
  const [, job] = await Promise.all([till.print(bytes), printer.nextJob()])
  if (job.cut === 'none') throw new Error('a receipt was not cut')
  return performance.now() - begin
}

async function compared(
  name: string,
  options: {
    through: PaperTill
    straight: PaperTill
    printer: VirtualPrinter
    receipts: number
    make(number: number): Buffer
  },
): Promise<DeviceFigure> {
  const { through, straight, printer, receipts, make } = options
  const added: number[] = []
  for (let n = 0; n < receipts; n += 1) {
    const bytes = make(n)
    const alone = await printed(straight, printer, bytes)
    added.push((await printed(through, printer, bytes)) - alone)
  }
  return { kind: 'added', name, count: receipts, ms: quantilesOf(added) }
}
