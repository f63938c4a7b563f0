/** Text that JSON writes as it is. */
const plainText = /^[\x20\x21\x23-\x5b\x5d-\ud7ff\ue000-\uffff]*$/
const quoted = (text: string): string => (plainText.test(text) ? `"${text}"` : JSON.stringify(text))

/** A key in its place among the sorted ones: `{"id":` or `,"type":`. */
interface SortedKey {
  key: string
  written: string
}

/** Keys of objects that were met, in the order in which they stood, one step a key. */
interface Shape {
  next: Map<string, Shape>
  sorted: SortedKey[] | undefined
}

const shapes: Shape = { next: new Map(), sorted: undefined }
/** Messages have some hundred; who sends others does not fill the memory. */
const shapesMost = 4_096
let shapesKnown = 0

const sortedKeys = (record: object): SortedKey[] =>
  Object.keys(record)
    .sort()
    .map((key, index) => ({ key, written: `${index === 0 ? '{' : ','}${quoted(key)}:` }))

/** The keys of an object as they are to be written; sorting them anew each time would take longer than all else. */
function keysOf(record: object): SortedKey[] {
  let shape = shapes
  for (const key in record) {
    let next = shape.next.get(key)
    if (!next) {
      if (shapesKnown >= shapesMost) return sortedKeys(record)
      shapesKnown += 1
      next = { next: new Map(), sorted: undefined }
      shape.next.set(key, next)
    }
    shape = next
  }
  shape.sorted ??= sortedKeys(record)
  return shape.sorted
}

/**
 * The JSON of a plain value with every object's keys sorted and no white space. `escapes`: whether any of its texts may
 * need one; `none` is for what was read from a text without a backslash.
 */
export function canonicalJson(value: unknown, escapes: 'possible' | 'none'): string {
  if (typeof value === 'string') return escapes === 'none' ? `"${value}"` : quoted(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  let text = ''
  if (Array.isArray(value)) {
    for (const one of value) text += text === '' ? canonicalJson(one, escapes) : `,${canonicalJson(one, escapes)}`
    return `[${text}]`
  }
  const record = value as Record<string, unknown>
  const keys = keysOf(record)
  let left = 0
  for (const { key, written } of keys) {
    const field = record[key]
    if (field === undefined) left += 1
    else text += text === '' ? `{${written.slice(1)}${canonicalJson(field, escapes)}` : written + canonicalJson(field, escapes)
  }
  return left === keys.length ? '{}' : `${text}}`
}
