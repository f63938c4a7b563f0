/** A key as a terminal sends it, in words: `a`, `enter`, `up`, `ctrl-c`; other letters and signs as themselves. */
export type Key = string

const named: readonly (readonly [bytes: string, key: Key])[] = [
  ['\u001b[A', 'up'],
  ['\u001bOA', 'up'],
  ['\u001b[B', 'down'],
  ['\u001bOB', 'down'],
  ['\u001b[C', 'right'],
  ['\u001bOC', 'right'],
  ['\u001b[D', 'left'],
  ['\u001bOD', 'left'],
  ['\u001b[Z', 'shift-tab'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\u007f', 'backspace'],
  ['\b', 'backspace'],
  ['\u0003', 'ctrl-c'],
  ['\u0004', 'ctrl-c'],
  ['\u0015', 'ctrl-u'],
]

/** Other sequences that begin with ESC: read as a whole, and dropped. */
const esc = '\u001b'
const sequence = new RegExp(`^${esc}(?:\\[[0-9;?]*[ -/]*[@-~]|O.|.)?`)

/** The keys in what standard input brought at once. A lone ESC is `escape`. */
export function readKeys(text: string): Key[] {
  const keys: Key[] = []
  for (let rest = text; rest !== ''; ) {
    const known = named.find(([bytes]) => rest.startsWith(bytes))
    if (known) {
      keys.push(known[1])
      rest = rest.slice(known[0].length)
      continue
    }
    const escaped = sequence.exec(rest)?.[0]
    if (escaped !== undefined) {
      if (escaped === esc) keys.push('escape')
      rest = rest.slice(escaped.length)
      continue
    }
    const [character = ''] = rest
    if (!/\p{Cc}/u.test(character)) keys.push(character)
    rest = rest.slice(character.length)
  }
  return keys
}
