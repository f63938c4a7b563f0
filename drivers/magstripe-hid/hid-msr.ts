import { type InputRun, type ReportMap, readField, usage } from '../hid/report-descriptor.ts'
import { type CardRules, readTracks, type Swipe, type Tracks } from './swipe.ts'

/** Where a reader's reports have a track: its length, its data, and whether it could be read. */
interface TrackUsages {
  length: number
  data: number
  status?: number
}

/**
 * Two families: MagTek's page 0xFF00, which others took over, and the standard's 0x8E (HID Point of Sale Usage Tables
 * 1.02, 4).
 */
const families: readonly Readonly<Record<1 | 2, TrackUsages>>[] = [
  {
    1: { length: usage(0xff00, 0x28), data: usage(0xff00, 0x30), status: usage(0xff00, 0x20) },
    2: { length: usage(0xff00, 0x29), data: usage(0xff00, 0x31), status: usage(0xff00, 0x21) },
  },
  {
    1: { length: usage(0x8e, 0x11), data: usage(0x8e, 0x21) },
    2: { length: usage(0x8e, 0x12), data: usage(0x8e, 0x22) },
  },
]

export interface MsrDecoder {
  /** Undefined where the report is about something else. */
  decode(report: Uint8Array): Swipe | undefined
}

/** Where a reader's reports have its tracks; undefined where the device has no report with any. */
export function msrTracks(map: ReportMap) {
  const run = (wanted: number | undefined): InputRun | undefined =>
    map.runs.find((one) => one.usage === wanted && one.bitSize === 8)
  const family = families.find((one) => run(one[2].data) !== undefined)
  if (!family) return undefined
  return ([1, 2] as const).map((track) => ({
    track,
    data: run(family[track].data),
    length: run(family[track].length),
    status: run(family[track].status),
  }))
}

/** Undefined where the device has no report with tracks. */
export function createMsrDecoder(map: ReportMap, rules: CardRules): MsrDecoder | undefined {
  const places = msrTracks(map)
  if (!places) return undefined
  return {
    decode(report) {
      const tracks: Tracks = {}
      let isSwipe = false
      for (const { track, data, length, status } of places) {
        const bytes = data && readField(report, data)
        if (!bytes) continue
        isSwipe = true
        const failed = status !== undefined && ((readField(report, status)?.[0] ?? 0) & 1) === 1
        const used = length ? (readField(report, length)?.[0] ?? 0) : bytes.indexOf(0)
        // Behind the length the report may hold what is left of the card before.
        if (!failed && used > 0 && used <= bytes.length) tracks[track] = String.fromCharCode(...bytes.slice(0, used))
      }
      return isSwipe ? readTracks(tracks, rules) : undefined
    },
  }
}
