import { parse } from 'csv-parse/sync'
import { type Localised, normaliseText } from '#protocol/text.ts'
import { VafaError } from '#runtime/errors.ts'

/** A line of a list that cannot be taken, and why; `line` counts from 1, the heading is line 1. */
export interface Rejected {
  line: number
  /** The row's own id, where it has one. */
  id: string
  reason: Localised
}

/** One line: only cells that have something in them, by the columns' keys; outer blanks gone, digits ASCII. */
export interface SheetRow<Key extends string> {
  line: number
  cells: Readonly<Partial<Record<Key, string>>>
  /** Cells of columns called `custom:NAME`, by NAME. */
  custom: Readonly<Record<string, string>>
}

export interface Sheet<Key extends string> {
  rows: SheetRow<Key>[]
  rejected: Rejected[]
  columns: ReadonlySet<Key>
}

/** Names of each column, in Persian and English; the first is the one that lists are written with. */
export type Columns<Key extends string> = Readonly<Record<Key, readonly [string, ...string[]]>>

const plainName = (text: string) =>
  normaliseText(text)
    .toLowerCase()
    .replace(/[\s\u200c_()-]/g, '')

/** What a spreadsheet may have separated its cells with. */
const delimiterOf = (text: string) => {
  const [heading = ''] = text.split(/\r?\n/, 1)
  const count = (one: string) => heading.split(one).length
  return [',', ';', '\t'].sort((a, b) => count(b) - count(a))[0] ?? ','
}

/**
 * Reads a list as a spreadsheet writes it: a heading in Persian or English, then a row a line; separated by commas,
 * semicolons or tabs. Throws a `VafaError` where the heading is not one. A line that cannot be read stops no other: so a
 * cell stays on its line.
 */
export function readSheet<Key extends string>(text: string, known: Columns<Key>): Sheet<Key> {
  const rejected: Rejected[] = []
  const delimiter = delimiterOf(text)
  const [first = '', ...body] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const keys = headingOf(cellsOf(first, delimiter) ?? [], known)
  const rows = body.flatMap((source, index): SheetRow<Key>[] => {
    const line = index + 2
    const refuse = (reason: Localised) => {
      rejected.push({ line, id: '', reason })
      return []
    }
    const given = cellsOf(source, delimiter)
    if (!given) return refuse(unreadable)
    if (given.slice(keys.length).some((cell) => cell.trim() !== '')) return refuse(tooMany)
    const cells: Partial<Record<Key, string>> = {}
    const custom: Record<string, string> = {}
    keys.forEach((column, at) => {
      const value = normaliseText(given[at] ?? '').replace(/^'(?=[=+\-@])/, '')
      if (value === '') return
      if ('custom' in column) custom[column.custom] = value
      else cells[column.key] = value
    })
    return Object.keys(cells).length === 0 ? [] : [{ line, cells, custom }]
  })
  return { rows, rejected, columns: new Set(keys.flatMap((one) => ('key' in one ? [one.key] : []))) }
}

/** The cells of one line; undefined where a quote is open or in the wrong place. */
function cellsOf(line: string, delimiter: string): string[] | undefined {
  if (line.length > lineMax) return undefined
  if (!line.includes('"')) return line.split(delimiter)
  try {
    const [record] = parse(line, { delimiter, relax_column_count: true }) as string[][]
    return record ?? []
  } catch {
    return undefined
  }
}

/** Characters of one line. */
const lineMax = 100_000

type Column<Key> = { key: Key } | { custom: string }

function headingOf<Key extends string>(heading: readonly string[], known: Columns<Key>): Column<Key>[] {
  const names = new Map<string, Key>()
  for (const key of Object.keys(known) as Key[]) for (const name of [key, ...known[key]]) names.set(plainName(name), key)
  const found = heading.map((cell): Column<Key> => {
    const custom = /^custom:(.{1,40})$/i.exec(normaliseText(cell))?.[1]
    if (custom !== undefined) return { custom }
    const key = names.get(plainName(cell))
    if (key !== undefined) return { key }
    throw unknownHeading(`the heading “${normaliseText(cell).slice(0, 60)}” is not known`, known)
  })
  const keys = found.flatMap((one) => ('key' in one ? [one.key] : []))
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw unknownHeading(`the column ${twice} stands there twice`, known)
  if (found.length === 0) throw unknownHeading('the list is empty', known)
  return found
}

const unknownHeading = (message: string, known: Columns<string>) =>
  new VafaError({
    key: 'list.heading',
    message,
    hint: `the first line names the columns: ${Object.entries(known)
      .map(([key, [name]]) => `${key} (${name})`)
      .join(', ')}, custom:NAME`,
  })

const unreadable: Localised = {
  fa: 'این سطر خوانده نمی‌شود: گیومهٔ بازنشده یا بسته‌نشده دارد',
  en: 'the line cannot be read: a quote is open or in the wrong place',
}
const tooMany: Localised = { fa: 'خانه‌های این سطر از ستون‌ها بیشتر است', en: 'the line has more cells than there are columns' }
