import { type InputRun, readField } from '#drivers/hid/report-descriptor.ts'

/** A report of a device, and when it came. */
export interface ReportPiece {
  at: number
  bytes: Buffer
}

/** Holds the reports of one scan or swipe until it is whole, and gives them out without who it was. */
export interface HidMask {
  push(report: ReportPiece): ReportPiece[]
  /** What was never whole: reports of the same length that say nothing. */
  end(): ReportPiece[]
}

/** How a text is written without who it was; of the same length, letter for letter. */
export type MaskText = (text: string) => string

export const nothing = ({ at, bytes }: ReportPiece): ReportPiece => ({ at, bytes: Buffer.alloc(bytes.length) })

/** Of a device whose reports nobody understands only their number is kept. */
export const silent = (): HidMask => ({ push: (report) => [nothing(report)], end: () => [] })

/** Bytes of a field whose values are bytes; undefined where it is another's or is not. */
export function bytesAt(report: Buffer, field: Omit<InputRun, 'usage'> | undefined) {
  if (field?.bitSize !== 8 || field.bitOffset % 8 !== 0 || !readField(report, field)) return undefined
  return report.subarray(field.bitOffset / 8, field.bitOffset / 8 + field.count)
}
