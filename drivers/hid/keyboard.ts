import { keyboardLayouts, type LayoutName } from './keyboard-layouts.ts'
import { type ReportMap, readField, usage } from './report-descriptor.ts'

const keyPage = 7
const firstModifier = 0xe0
const lastModifier = 0xe7
const lastKey = 0xff

/** Whether the device sends keys at all. */
export const hasKeys = ({ runs, arrays }: ReportMap): boolean =>
  [...runs.map((run) => run.usage), ...arrays.map((array) => array.firstUsage)].some((one) => one >> 16 === keyPage)

/**
 * The keys that are down in a report, modifiers among them, in the report's order. Undefined where the report is
 * another's, or says only that too many keys are down to tell which (rollover): then what was down before still is.
 */
export function pressedKeys(map: ReportMap, report: Uint8Array): number[] | undefined {
  const pressed: number[] = []
  let isKeyReport = false
  for (const run of map.runs) {
    if (run.usage >> 16 !== keyPage) continue
    const values = readField(report, run)
    if (!values) continue
    isKeyReport = true
    if (values.some((value) => value !== 0)) pressed.push(run.usage & 0xffff)
  }
  for (const array of map.arrays) {
    if (array.firstUsage >> 16 !== keyPage) continue
    const values = readField(report, array)
    if (!values) continue
    isKeyReport = true
    for (const value of values) {
      const key = (array.firstUsage & 0xffff) + value - array.logicalMin
      if (key >= 1 && key <= 3) return undefined
      if (key > 3 && key <= lastKey) pressed.push(key)
    }
  }
  return isKeyReport ? pressed : undefined
}

export interface Typing {
  /** What is typed by the keys that have gone down since the report before. Enter is `\r`, Tab is `\t`. */
  press(pressed: readonly number[]): string
}

const [leftControl, leftShift, leftAlt, rightControl, rightShift, rightAlt] = [0xe0, 0xe1, 0xe2, 0xe4, 0xe5, 0xe6]

/** Digits of the keypad, for characters that are typed by their number while Alt is down. */
const keypadDigit = (key: number): string | undefined => (key >= 0x59 && key <= 0x62 ? String((key - 0x59 + 1) % 10) : undefined)

/** Longer numbers are no character's. */
const maxAltDigits = 7

/**
 * Turns pressed keys into text, as a console would: by layout, Shift, AltGr and Control, and by Alt with a number on
 * the keypad, with which scanners type what no layout has. Locks are not kept: a device that the console does not
 * hear is never told of one.
 */
export function createTyping(layoutName: LayoutName): Typing {
  const layout = keyboardLayouts[layoutName]
  let before: ReadonlySet<number> = new Set()
  let altDigits = ''

  const typed = (key: number, down: ReadonlySet<number>): string => {
    if (down.has(leftAlt)) {
      altDigits = (altDigits + (keypadDigit(key) ?? '')).slice(0, maxAltDigits + 1)
      return ''
    }
    const shift = down.has(leftShift) || down.has(rightShift)
    if (down.has(leftControl) || down.has(rightControl)) return controlCharacter(key)
    const texts = layout.get(key)
    return (down.has(rightAlt) ? texts?.[2] : texts?.[shift ? 1 : 0]) ?? ''
  }

  return {
    press(pressed) {
      const down = new Set(pressed)
      let text = ''
      if (altDigits !== '' && !down.has(leftAlt)) {
        text += byNumber(altDigits)
        altDigits = ''
      }
      for (const key of pressed) {
        if (key >= firstModifier && key <= lastModifier) continue
        if (!before.has(key)) text += typed(key, down)
      }
      before = down
      return text
    },
  }
}

/** Control with a key of `@A–Z[\]^_`, as ASCII has it: scanners send GS as Control and `]`. */
function controlCharacter(key: number): string {
  const plain = keyboardLayouts.us.get(key)?.[0].toUpperCase() ?? ''
  return /^[@A-Z[\\\]^_]$/.test(plain) ? String.fromCharCode(plain.charCodeAt(0) & 0x1f) : ''
}

function byNumber(digits: string): string {
  const code = Number(digits)
  const isCharacter = digits.length <= maxAltDigits && code > 0 && code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff)
  return isCharacter ? String.fromCodePoint(code) : '\ufffd'
}

/** For simulators and tests: the usage of a key on the page of keys. */
export const keyUsage = (key: number): number => usage(keyPage, key)
