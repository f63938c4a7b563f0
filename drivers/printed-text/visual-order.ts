/**
 * The order of characters in a line, for devices that put them on paper or glass from left to right as they come. Not
 * the whole of Unicode's bidirectional algorithm: one line, right to left by its letters, with numbers and Latin words in
 * it, which is what receipts and displays hold.
 */

const rightToLeft = /[\u0590-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u
const mark = '\\u064b-\\u065f\\u0670'
/** A number (with its separators), or Latin words with the blanks between them: these run left to right. */
const leftToRight =
  /[0-9\u06f0-\u06f9\u0660-\u0669]+(?:[.,:/\-\u066b\u066c'][0-9\u06f0-\u06f9\u0660-\u0669]+)*%?|[A-Za-z](?:[A-Za-z0-9.&'@_-]|\s(?=[A-Za-z]))*/gu
const mirrored: Record<string, string> = { '(': ')', ')': '(', '[': ']', ']': '[', '<': '>', '>': '<', '«': '»', '»': '«' }

const backwards = (text: string): string => [...text].reverse().join('')
const hasMark = new RegExp(`[${mark}]`, 'u')

/** A line as it stands on paper, from left to right, into the order in which it is read. */
export const fromVisual = (line: string): string => turn(line)

/** A line as it is read into the order in which it stands on paper. Turning is its own inverse. */
export const toVisual = (line: string): string => turn(line)

function turn(line: string): string {
  if (!rightToLeft.test(line)) return line
  // Runs keep their inner order: they are turned once by themselves and once with the line.
  const runs = line.replace(leftToRight, backwards)
  const turned = [...backwards(runs)].map((character) => mirrored[character] ?? character).join('')
  return hasMark.test(turned) ? turned.replace(new RegExp(`([${mark}]+)([^${mark}])`, 'gu'), '$2$1') : turned
}
