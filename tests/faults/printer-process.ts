/**
 * A receipt printer in a process of its own, to be killed as a plug is pulled. Its argument: the port. It says `up`, and
 * hands over what it has printed, job by job.
 */
import type { PrintedJob } from '#simulators/printer/paper.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'

export type FromPrinter = { kind: 'up' } | { kind: 'printed'; job: PrintedJob }

const tell = (message: FromPrinter): void => void process.send?.(message, () => {})

process.on('disconnect', () => process.exit())
await startVirtualPrinter({
  port: Number(process.argv[2]),
  width: 576,
  // Slow enough to be killed in the middle of a receipt.
  faults: { msPerBand: 4 },
  onJob: (job) => tell({ kind: 'printed', job }),
})
tell({ kind: 'up' })
