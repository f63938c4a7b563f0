import { keyboardLayouts, type LayoutName } from '#drivers/hid/keyboard-layouts.ts'
import { hidPosDataBytes } from './descriptors.ts'

/** A code as the reports of a scanner in HID POS mode. `identifier`: its AIM identifier; `text` may be of any length. */
export function hidPosReports(text: string, { identifier = '' }: { identifier?: string } = {}): Uint8Array[] {
  const data = Buffer.from(text)
  const reports: Uint8Array[] = []
  for (let at = 0; at === 0 || at < data.length; at += hidPosDataBytes) {
    const part = data.subarray(at, at + hidPosDataBytes)
    const report = Buffer.alloc(6 + hidPosDataBytes)
    report[0] = 2
    report[1] = part.length
    report.write(identifier, 2, 'latin1')
    part.copy(report, 5)
    report[5 + hidPosDataBytes] = at + hidPosDataBytes < data.length ? 1 : 0
    reports.push(report)
  }
  return reports
}

/** The key of a character, with what must be held down; undefined where the layout has none. */
function strokeOf(character: string, layout: LayoutName): { key: number; modifiers: number } | undefined {
  for (const [key, texts] of keyboardLayouts[layout]) {
    // The keypad gives digits too; scanners type on the rows.
    if (key >= 0x54 && key <= 0x63) continue
    const level = texts.indexOf(character)
    if (level >= 0) return { key, modifiers: [0, 0x02, 0x40][level] ?? 0 }
  }
  return undefined
}

/**
 * A code as a keyboard wedge types it: a report for each key going down, one for all keys up. What the layout has not
 * is typed by its number (Alt and the keypad), control characters with Control.
 */
export function keyboardReports(text: string, options: { layout?: LayoutName; reportNumber?: number } = {}): Uint8Array[] {
  const { layout = 'us', reportNumber } = options
  const report = (modifiers: number, ...keys: number[]): Uint8Array => {
    const bytes = new Uint8Array(8)
    bytes[0] = modifiers
    bytes.set(keys.slice(0, 6), 2)
    return reportNumber === undefined ? bytes : Uint8Array.of(reportNumber, ...bytes)
  }
  return [...text].flatMap((character) => {
    const stroke = strokeOf(character, layout)
    if (stroke) return [report(stroke.modifiers, stroke.key), report(0)]
    if (character === '\x1d') return [report(0x01, 0x30), report(0)]
    const digits = [...`0${character.codePointAt(0)}`]
    return [...digits.flatMap((digit) => [report(0x04, 0x59 + ((Number(digit) + 9) % 10)), report(0x04)]), report(0)]
  })
}
