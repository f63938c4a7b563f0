import type { PrinterStatus } from '#drivers/contract.ts'

/** What a printer without trouble is like. */
export const healthy: PrinterStatus = { online: true, cover: 'closed', paper: 'ok', cutter: 'ok' }

/** Whether the printer can take up the next command; a broken cutter shows only when it has to cut. */
export const canPrint = ({ online, cover, paper }: PrinterStatus): boolean => online && cover === 'closed' && paper !== 'end'

const isOffline = (status: PrinterStatus): boolean => !canPrint(status) || status.cutter === 'error'

const bits = (...set: (number | false)[]): number => set.reduce<number>((sum, bit) => sum | (bit || 0), 0)

/** The byte that answers `10 04 n` (`n` 1 to 4); undefined for others, which a printer ignores. */
export function realTimeStatus(n: number, status: PrinterStatus): number | undefined {
  const { cover, paper, cutter } = status
  switch (n) {
    case 1:
      return bits(0x12, isOffline(status) && 0x08)
    case 2:
      return bits(0x12, cover === 'open' && 0x04, paper === 'end' && 0x20, cutter === 'error' && 0x40)
    case 3:
      return bits(0x12, cutter === 'error' && 0x08)
    case 4:
      return bits(0x12, paper !== 'ok' && 0x0c, paper === 'end' && 0x60)
    default:
      return undefined
  }
}

/** The four bytes that a printer with automatic status sends at each change. */
export function automaticStatus(status: PrinterStatus): Buffer {
  const { cover, cutter } = status
  const first = bits(0x10, isOffline(status) && 0x08, cover === 'open' && 0x20)
  return Buffer.from([first, bits(cutter === 'error' && 0x08), paperSensors(status), 0])
}

/** The byte that answers `1D 72 01`; automatic status' third byte is the same. */
export const paperSensors = ({ paper }: PrinterStatus): number => bits(paper !== 'ok' && 0x03, paper === 'end' && 0x0c)
