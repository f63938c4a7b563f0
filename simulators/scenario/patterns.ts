/** The regular expression of a text between two `/`; undefined where it is none, and then only a text. */
export function patternOf(words: string): RegExp | undefined {
  const [, inside, flags] = /^\/(.+)\/([iu]*)$/s.exec(words) ?? []
  if (inside === undefined) return undefined
  try {
    return new RegExp(inside, flags)
  } catch {
    return undefined
  }
}

/** False for what looks like a regular expression and is none. */
export const isPattern = (words: string): boolean => !/^\/.+\/[iu]*$/s.test(words) || patternOf(words) !== undefined
