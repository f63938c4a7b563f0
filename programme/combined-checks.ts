import type { Check } from './check.ts'
import type { Circumstances } from './circumstances.ts'

const inWords = (checks: readonly Check[]) =>
  checks.length === 0 ? 'anything' : checks.map((one) => `${one.condition} ${one.expected}`).join(' and ')

function foundBy(checks: readonly Check[], c: Circumstances): string {
  let text = ''
  for (const one of checks) text += `${text === '' ? '' : ', '}${one.condition} ${one.found(c)}`
  return text
}

/** False where one fails, undefined where none fails and one is unknown. */
function allHold(checks: readonly Check[], c: Circumstances): boolean | undefined {
  let all: boolean | undefined = true
  for (const one of checks) {
    const holds = one.holds(c)
    if (holds === false) return false
    if (holds === undefined) all = undefined
  }
  return all
}

export function anyOf(branches: readonly (readonly Check[])[]): Check {
  // What was found is told once for each condition, however many branches ask for it.
  const leaves = [...new Map(branches.flat().map((one) => [one.condition, one])).values()]
  return {
    condition: 'any',
    expected: branches.map(inWords).join(', or '),
    holds(c) {
      let any: boolean | undefined = false
      for (const checks of branches) {
        const all = allHold(checks, c)
        if (all === true) return true
        if (all === undefined) any = undefined
      }
      return any
    },
    found: (c) => foundBy(leaves, c),
  }
}

export const noneOf = (checks: readonly Check[]): Check => ({
  condition: 'not',
  expected: `not (${inWords(checks)})`,
  holds(c) {
    const all = allHold(checks, c)
    return all === undefined ? undefined : !all
  },
  found: (c) => foundBy(checks, c),
})
