import { createContext } from 'preact'
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks'
import type { OfficeAnswer, OfficeData, OfficeRequestName } from '#protocol/head-office/requests.ts'
import { words as sharedWords } from '../shared/words.ts'
import type { Office } from './office.ts'
import { OfficeProblem, session } from './session.ts'

export const OfficeContext = createContext<Office | undefined>(undefined)

export function useOffice(): Office {
  const office = useContext(OfficeContext)
  if (!office) throw new Error('no screen stands outside the office')
  return office
}

/** Whether the login may make a request: what it may not is not offered. The club refuses it in any case. */
export const may = (name: OfficeRequestName): boolean => session.value?.may.includes(name) ?? false

export const problemOf = (thrown: unknown): OfficeProblem =>
  thrown instanceof OfficeProblem ? thrown : new OfficeProblem({ key: 'page', title: sharedWords.went, detail: String(thrown) })

export interface Asked<Answer> {
  /** The last answer; it stays while a newer one is on its way, and while the page is offline. */
  answer: Answer | undefined
  problem: OfficeProblem | undefined
  busy: boolean
  again(): void
}

/** Asks a question when a screen opens, when its data change, and when the line is back. */
export function useAnswer<Name extends OfficeRequestName>(name: Name, data: OfficeData<Name>): Asked<OfficeAnswer<Name>> {
  const office = useOffice()
  const key = JSON.stringify([name, data])
  const [state, setState] = useState<{ key: string; answer?: OfficeAnswer<Name>; problem?: OfficeProblem; busy: boolean }>({
    key,
    busy: true,
  })
  const [round, setRound] = useState(0)
  const online = office.wire.status.value === 'online'
  const data_ = useRef(data)
  data_.current = data
  useEffect(() => {
    if (!online) return
    let gone = false
    setState((before) => (before.key === key ? { ...before, busy: true } : { key, busy: true }))
    office.ask(name, data_.current).then(
      (answer) => gone || setState({ key, answer, busy: false }),
      (error: unknown) =>
        gone ||
        setState((before) => ({
          key,
          ...(before.answer === undefined ? {} : { answer: before.answer }),
          problem: problemOf(error),
          busy: false,
        })),
    )
    return () => {
      gone = true
    }
  }, [office, key, online, round])
  const current = state.key === key ? state : { key, busy: true }
  return {
    answer: current.answer,
    problem: current.problem,
    busy: current.busy,
    again: useCallback(() => setRound((n) => n + 1), []),
  }
}

export interface Doing {
  busy: boolean
  problem: OfficeProblem | undefined
  /** Resolves with the answer; with undefined where it was refused, which `problem` then says. */
  act<Name extends OfficeRequestName>(name: Name, data: OfficeData<Name>): Promise<OfficeAnswer<Name> | undefined>
}

/** Something that a person does on a screen: one at a time, and what came of it stays to be read. */
export function useDoing(): Doing {
  const office = useOffice()
  const [state, setState] = useState<{ busy: boolean; problem?: OfficeProblem }>({ busy: false })
  return {
    busy: state.busy,
    problem: state.problem,
    async act(name, data) {
      setState({ busy: true })
      try {
        const answer = await office.ask(name, data)
        setState({ busy: false })
        return answer
      } catch (error) {
        setState({ busy: false, problem: problemOf(error) })
        return undefined
      }
    },
  }
}
