/** One tag of DE 48 or 60 to 63 with its value. */
export type Tagged = readonly [tag: string, value: string]

const encoder = new TextEncoder()

/** How many bytes a text takes on the wire. */
export const bytesOf = (text: string): number => {
  for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) > 0x7f) return encoder.encode(text).length
  return text.length
}

/** The longest value: a field holds 999 bytes, a tag and its length take five of them. */
export const longestValue = 994

/**
 * Tags as one field's text: each is two letters, the value's length in bytes as three digits, the value in UTF-8. What
 * does not fit the field's 999 bytes is left out, the last first; a value that is empty is left out too.
 */
export function writePrivateData(tags: readonly Tagged[]): string | undefined {
  let text = ''
  let length = 0
  for (const [tag, value] of tags) {
    const size = bytesOf(value)
    if (size === 0 || length + size + 5 > 999) continue
    text += `${tag}${String(size).padStart(3, '0')}${value}`
    length += size + 5
  }
  return text === '' ? undefined : text
}

/** The tags of a field, in their order; undefined where it does not consist of tags. */
export function readPrivateData(text: string | undefined): Tagged[] | undefined {
  if (text === undefined) return []
  const tags: Tagged[] = []
  const ascii = bytesOf(text) === text.length
  const bytes = ascii ? undefined : Buffer.from(text, 'utf8')
  const whole = bytes?.length ?? text.length
  const part = (from: number, to: number) => (bytes ? bytes.toString('utf8', from, to) : text.slice(from, to))
  for (let at = 0; at < whole; ) {
    const head = part(at, at + 5)
    if (!/^[A-Z][A-Z0-9]\d{3}$/.test(head)) return undefined
    const end = at + 5 + Number(head.slice(2))
    if (end > whole) return undefined
    tags.push([head.slice(0, 2), part(at + 5, end)])
    at = end
  }
  return tags
}

/** The first value of a tag. */
export const tagValue = (tags: readonly Tagged[], tag: string): string | undefined => tags.find(([name]) => name === tag)?.[1]

/** All values of a tag, in their order. */
export const tagValues = (tags: readonly Tagged[], tag: string): string[] =>
  tags.flatMap(([name, value]) => (name === tag ? [value] : []))

/** As much of a text as fits `limit` bytes, cut between letters. */
export function fitting(text: string, limit: number): string {
  if (bytesOf(text) <= limit) return text
  let end = 0
  let size = 0
  for (const letter of text) {
    size += bytesOf(letter)
    if (size > limit) break
    end += letter.length
  }
  return text.slice(0, end)
}
