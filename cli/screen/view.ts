import type { Language } from '#protocol/text.ts'
import { columnsOf } from '#receipts/text-columns.ts'
import type { ScreenState, ShownDevice, ShownEvent } from './model.ts'
import { helpLines, verbWords, words } from './words.ts'

export interface ScreenSize {
  columns: number
  rows: number
}

const style = {
  bold: (text: string) => `\u001b[1m${text}\u001b[22m`,
  dim: (text: string) => `\u001b[2m${text}\u001b[22m`,
  reverse: (text: string) => `\u001b[7m${text}\u001b[27m`,
  red: (text: string) => `\u001b[31m${text}\u001b[39m`,
  green: (text: string) => `\u001b[32m${text}\u001b[39m`,
  yellow: (text: string) => `\u001b[33m${text}\u001b[39m`,
}

/**
 * Persian in a terminal: in logical order, each piece in an isolate of its own direction, so that a terminal that knows
 * bidirectional text sets it right and what stands beside it stays where it is. It never begins a line: tmux drops marks
 * that have no cell before them. Nothing is ever set in two columns with
 * Persian in the left one: a terminal that does not know it would tear the right one.
 */
export const isolated = (text: string): string => (/[\u0590-\u08ff]/.test(text) ? `\u2067${text}\u2069` : text)

/** At most so many columns; what is cut ends in `…`. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let out = ''
  let used = 0
  for (const character of text) {
    const width = columnsOf(character)
    if (used + width > columns - 1) break
    out += character
    used += width
  }
  return `${out}…`
}

const padded = (text: string, columns: number): string =>
  `${cut(text, columns)}${' '.repeat(Math.max(0, columns - columnsOf(text)))}`

/** The whole screen: exactly `rows` lines, none wider than `columns`. Pure. */
export function render(state: ScreenState, { columns, rows }: ScreenSize): string[] {
  const { language } = state
  const head = [
    style.reverse(
      padded(` Vafa · ${isolated(state.title)} · ${state.lanes} · ${isolated(words[state.line][language])}`, columns),
    ),
  ]
  const foot = footOf(state, columns)
  const devices = [
    style.bold(words.devices[language]),
    ...state.devices.map((one, index) => deviceLine(one, index === state.selected, columns)),
    ...state.left.map(({ device, reason }) => style.dim(cut(`  ${device}: ${words.notPlayed[language]}: ${reason}`, columns))),
  ]
  const displays = [...state.displays].map(([device, lines]) =>
    cut(`${device} ${lines.map((line) => `▐${line.padEnd(20)}▌`).join(' ')}`, columns),
  )
  const room = Math.max(0, rows - head.length - foot.length)
  const top = [...devices, ...displays].slice(0, Math.max(3, Math.floor(room * 0.6)))
  const rest = Math.max(0, room - top.length)
  const receipt = receiptLines(state, columns).slice(0, Math.floor(rest / 2))
  const events = eventLines(state, { columns, rows: rest - receipt.length })
  const lines = [...head, ...top, ...events, ...receipt]
  while (lines.length < rows - foot.length) lines.push('')
  return [...lines.slice(0, rows - foot.length), ...foot].slice(0, rows)
}

const statusWords = { ready: '●', degraded: '◐', absent: '○' }

function deviceLine({ device, driver, status, reason, fault }: ShownDevice, selected: boolean, columns: number): string {
  const mark = status === undefined ? ' ' : statusWords[status]
  const text = `${selected ? '▸' : ' '} ${mark} ${device.padEnd(18)} ${driver.padEnd(17)} ${fault ? `✗ ${fault} ` : ''}${status === 'ready' ? '' : (reason ?? '')}`
  const line = padded(text, columns)
  if (fault) return style.red(line)
  const coloured = status === 'absent' ? style.yellow(line) : line
  return selected ? style.bold(coloured) : coloured
}

/** As the receipts' text is laid out. */
const receiptColumns = 42

function receiptLines({ receipt, language }: ScreenState, columns: number): string[] {
  if (!receipt) return []
  return [
    style.bold(cut(`${words.receipt[language]} · ${receipt.device}`, columns)),
    // Filled up, so that what is set from the right begins at one edge.
    ...receipt.lines[language].map((line) => `  ${isolated(padded(line, Math.min(receiptColumns, columns - 4)))}`),
  ]
}

function eventLines({ events, language }: ScreenState, { columns, rows }: ScreenSize): string[] {
  if (rows < 2) return []
  return [style.bold(words.happened[language]), ...events.slice(-(rows - 1)).map((event) => eventLine(event, columns))]
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Asia/Tehran' })

function eventLine({ at, device, text, tone }: ShownEvent, columns: number): string {
  const line = cut(
    `${at === 0 ? '        ' : clock.format(at)} ${device.padEnd(16)} ${isolated(text.replaceAll('\n', ' '))}`,
    columns,
  )
  if (tone === 'bad') return style.red(line)
  return tone === 'good' ? style.green(line) : line
}

function footOf({ question, help, language }: ScreenState, columns: number): string[] {
  if (question)
    return [
      cut(` ${isolated(verbWords[question.verb][language])} @ ${question.device}: ${question.text}▏`, columns),
      style.dim(cut(` ${isolated(words.answer[language])}${choicesOf(question.choices)}`, columns)),
    ]
  const shown = help === 'shown' ? helpLines.map((line) => cut(` ${isolated(line[language])}`, columns)) : []
  return [...shown, ...keyLines(language, columns)]
}

const choicesOf = (choices: readonly string[]): string => (choices.length === 0 ? '' : `   ${choices.join(' ')}`)

/** The keys on as many lines as they need. */
function keyLines(language: Language, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const [key = '', word = ''] of words.keys[language].split('  ').map((one) => one.split(/ (.*)/))) {
    const shown = `${key} ${isolated(word)}`
    const longer = line === '' ? shown : `${line}  ${shown}`
    if (columnsOf(longer) > columns) {
      lines.push(line)
      line = shown
    } else line = longer
  }
  return [...lines, line].map((one) => style.reverse(padded(one, columns)))
}
