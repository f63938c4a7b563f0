import { createTyping, hasKeys, pressedKeys } from '#drivers/hid/keyboard.ts'
import { keyboardLayouts, type LayoutName } from '#drivers/hid/keyboard-layouts.ts'
import type { ReportMap } from '#drivers/hid/report-descriptor.ts'
import { bytesAt, type HidMask, type MaskText, nothing, type ReportPiece, silent } from './hid-reports.ts'

export interface KeySetting {
  layout: LayoutName
  pauseMs: number
  /** What is typed so far is whole. */
  endsAt: RegExp
  hide: MaskText
}

/** More keys are no code. */
const mostHeld = 4_000

/** Keys that a scanner or card reader types: others in their place, of the same kind. */
export function maskKeys(map: ReportMap, { layout, pauseMs, endsAt, hide }: KeySetting): HidMask {
  const arrays = map.arrays.filter(({ firstUsage }) => firstUsage >> 16 === 7)
  // Keyboards with a bit for each key are not written again: nothing of theirs is kept.
  if (!hasKeys(map) || arrays.some(({ bitSize, bitOffset }) => bitSize !== 8 || bitOffset % 8 !== 0)) return silent()
  const texts = keyboardLayouts[layout]
  let typing = createTyping(layout)
  let held: (ReportPiece & { typed: string; fresh: readonly number[] })[] = []
  let before: ReadonlySet<number> = new Set()

  const keyOf = (old: number, was: string, is: string): number | undefined => {
    const level = texts.get(old)?.indexOf(was) ?? -1
    if (level < 0) return undefined
    if (was === is) return old
    for (const [key, given] of texts) if (key < 0x54 && given[level] === is) return key
    return undefined
  }
  const release = (): ReportPiece[] => {
    const reports = held
    held = []
    const text = reports.map(({ typed }) => typed).join('')
    const hidden = [...hide(text)]
    if (hidden.length !== [...text].length || hidden.join('') === text)
      return hidden.join('') === text ? reports.map(bare) : reports.map(nothing)
    const down = new Map<number, number>()
    let from = 0
    const out: ReportPiece[] = []
    for (const { at, bytes, typed, fresh } of reports) {
      const letters = [...typed]
      const next = hidden.slice(from, from + letters.length)
      from += letters.length
      const pressed = pressedKeys(map, bytes)
      for (const key of down.keys()) if (!pressed?.includes(key)) down.delete(key)
      if (letters.join('') !== next.join('')) {
        const [key, ...others] = fresh
        const other = key === undefined || others.length > 0 ? undefined : keyOf(key, letters.join(''), next.join(''))
        // Typed by its number, or by several keys at once: then nothing of the whole stays.
        if (key === undefined || other === undefined) return reports.map(nothing)
        down.set(key, other)
      }
      out.push({ at, bytes: written(bytes, down) })
    }
    return out
  }
  /** The report with other keys in the place of those that are down. */
  const written = (bytes: Buffer, down: ReadonlyMap<number, number>): Buffer => {
    const out = Buffer.from(bytes)
    for (const array of arrays) {
      const values = bytesAt(out, array)
      if (!values) continue
      const shift = (array.firstUsage & 0xffff) - array.logicalMin
      for (const [index, value] of values.entries()) values[index] = (down.get(value + shift) ?? value + shift) - shift
    }
    return out
  }
  return {
    push(report) {
      const last = held.at(-1)
      const late = last !== undefined && report.at - last.at > pauseMs
      const out = late ? release() : []
      if (late) {
        typing = createTyping(layout)
        before = new Set()
      }
      const pressed = pressedKeys(map, report.bytes)
      if (!pressed) {
        // Of too many keys to tell which, or of something else: nothing was typed.
        held.push({ ...report, typed: '', fresh: [] })
        return out
      }
      const fresh = pressed.filter((key) => !before.has(key) && (key < 0xe0 || key > 0xe7))
      before = new Set(pressed)
      held.push({ ...report, typed: typing.press(pressed), fresh })
      if (held.length > mostHeld || endsAt.test(held.at(-1)?.typed ?? '')) out.push(...release())
      return out
    },
    end: () => (held.length === 0 ? [] : release()),
  }
}

const bare = ({ at, bytes }: ReportPiece): ReportPiece => ({ at, bytes })
