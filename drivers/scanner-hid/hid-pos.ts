import { type InputRun, type ReportMap, readField, usage } from '../hid/report-descriptor.ts'
import { readFrame, type ScanResult } from '../scan/framing.ts'

/** Usages of HID Point of Sale Usage Tables 1.02, 3 (page 0x8C), and of the byte count on the generic page. */
export const hidPosUsages = {
  symbology: [usage(0x8c, 0xfb), usage(0x8c, 0xfc), usage(0x8c, 0xfd)],
  data: usage(0x8c, 0xfe),
  continued: usage(0x8c, 0xff),
  byteCount: usage(0x01, 0x3b),
}

/** A code that goes on in the next report does so at once. */
const gapMs = 500

export interface HidPosDecoder {
  /** `at`: milliseconds that never go back. */
  decode(report: Uint8Array, at: number): ScanResult[]
}

/** Where a scanner's reports have a code; undefined where the device has no report with scanned data. */
export function hidPosFields(map: ReportMap) {
  const data = map.runs.find((run) => run.usage === hidPosUsages.data && run.bitSize === 8)
  if (!data) return undefined
  const inSameReport = (wanted: number): InputRun | undefined =>
    map.runs.find((run) => run.usage === wanted && run.report === data.report)
  return {
    data,
    length: inSameReport(hidPosUsages.byteCount),
    continued: inSameReport(hidPosUsages.continued),
    symbology: hidPosUsages.symbology.map(inSameReport),
  }
}

/** Undefined where the device has no report with scanned data. */
export function createHidPosDecoder(
  map: ReportMap,
  { prefix, maxLength }: { prefix: string; maxLength: number },
): HidPosDecoder | undefined {
  const fields = hidPosFields(map)
  if (!fields) return undefined
  const { data, length, continued, symbology } = fields

  let pending: number[] = []
  let lastAt = 0
  /** Bytes of an over-long code, dropped up to its end. */
  let overflow = 0

  /** `]E0` and the like, where the scanner says it and the code does not bring it along itself. */
  const identifierOf = (report: Uint8Array): string => {
    const bytes = symbology.flatMap((run) => (run ? (readField(report, run) ?? []) : []))
    const text = String.fromCharCode(...bytes)
    return /^\][A-Za-z][0-9A-Za-z]$/.test(text) ? text : ''
  }

  return {
    decode(report, at) {
      const bytes = readField(report, data)
      if (!bytes) return []
      const results: ScanResult[] = []
      if (pending.length + overflow > 0 && at - lastAt > gapMs) {
        results.push({ kind: 'garbage', bytes: pending.length + overflow })
        pending = []
        overflow = 0
      }
      lastAt = at
      const used = length ? (readField(report, length)?.[0] ?? 0) : textLength(bytes)
      if (used > bytes.length) {
        pending = []
        return [...results, { kind: 'garbage', bytes: report.length }]
      }
      if (overflow > 0) overflow += used
      else pending.push(...bytes.slice(0, used))
      if (pending.length > prefix.length * 4 + maxLength) {
        overflow = pending.length
        pending = []
      }
      if (continued && (readField(report, continued)?.[0] ?? 0) !== 0) return results

      const code = Uint8Array.from(pending)
      const dropped = overflow
      pending = []
      overflow = 0
      if (dropped > 0) return [...results, { kind: 'garbage', bytes: dropped }]
      if (code.length === 0) return results
      const read = readFrame(code, { prefix, maxLength })
      const identifier = identifierOf(report)
      return [
        ...results,
        read.kind === 'scan' && !read.text.startsWith(identifier) ? { kind: 'scan', text: identifier + read.text } : read,
      ]
    },
  }
}

/** A scanner that counts no bytes fills up with zeros. */
const textLength = (bytes: readonly number[]): number => {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes.length : end
}
