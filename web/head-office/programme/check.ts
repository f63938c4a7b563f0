import { useEffect, useState } from 'preact/hooks'
import type { ProgrammeProblem } from '#protocol/head-office/programmes.ts'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { problemOf, useOffice } from '../asking.ts'
import type { OfficeProblem } from '../session.ts'

/** A text is checked when nobody has typed for so long. */
const pauseMs = 350

export interface Check {
  /** The text that the result is about. */
  text: string
  result: OfficeAnswer<'programme-check'> | undefined
  problems: readonly ProgrammeProblem[]
  problem: OfficeProblem | undefined
}

const none: readonly ProgrammeProblem[] = []

/** What is wrong with a text, as it is typed; the last verdict stays until the next one. */
export function useCheck(text: string): Check {
  const office = useOffice()
  const [check, setCheck] = useState<Check>({ text: '', result: undefined, problems: none, problem: undefined })
  const online = office.wire.status.value === 'online'
  useEffect(() => {
    if (!online || text === '') return
    let gone = false
    const timer = setTimeout(() => {
      office.ask('programme-check', { text }).then(
        (result) => gone || setCheck({ text, result, problems: result.ok ? none : result.problems, problem: undefined }),
        (error: unknown) => gone || setCheck((before) => ({ ...before, problem: problemOf(error) })),
      )
    }, pauseMs)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [office, text, online])
  return check
}
