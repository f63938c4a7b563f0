import * as requests from '#agent/terminal/requests.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { readPrivateData, tagValue } from '#protocol/iso8583/private-data.ts'
import { rowsSlip } from '../receipt/slips.ts'
import { ask, begin, codeOf, type Draft, enter, goHome } from './draft.ts'
import type { AgentInput, Key } from './inputs.ts'
import type { Desk } from './state.ts'
import { typedWith } from './typing.ts'
import { told, words } from './words.ts'

type At<Place extends Desk['at']> = Extract<Desk, { at: Place }>

export function pinKey(draft: Draft, { typed }: At<'pin'>, key: Key) {
  const longer = typedWith(typed, key, 12)
  if (longer !== undefined) return enter(draft, { at: 'pin', typed: longer })
  if (key === 'cancel') return goHome(draft)
  if (key !== 'enter' || typed === '') return
  draft.effects.push({ kind: 'check-pin', pin: typed })
  enter(draft, { at: 'checking-pin' })
}

export function pinChecked(draft: Draft, outcome: Extract<AgentInput, { kind: 'pin' }>['outcome']) {
  if (outcome === 'right') return enter(draft, { at: 'technician' })
  const trouble = { wrong: words.pinWrong, locked: words.pinLocked, none: words.pinNone }[outcome]
  enter(draft, { at: 'pin', typed: '', trouble })
}

export function technicianKey(draft: Draft, key: Key) {
  switch (key) {
    case '1': {
      const transaction = begin(draft)
      enter(draft, { at: 'testing', trace: transaction.trace, since: draft.moment.now })
      return ask(draft, requests.networkOf(transaction, '301'))
    }
    case '2':
      return enter(draft, { at: 'devices' })
    case '3':
      return enter(draft, { at: 'waiting' })
    case '4': {
      const row = { label: words.number, value: draft.setup.terminal }
      draft.effects.push({ kind: 'print', receipt: rowsSlip({ title: words.testPrint, rows: [row], ...draft }) })
      return
    }
    case '5':
      draft.state = { ...draft.state, language: draft.state.language === 'fa' ? 'en' : 'fa' }
      return enter(draft, { at: 'technician' })
    case '6':
      if (draft.setup.signs) draft.effects.push({ kind: 'exchange-keys' })
      return
    case 'cancel':
      return goHome(draft)
    default:
  }
}

export function tested(draft: Draft, { since }: At<'testing'>, message: IsoMessage | undefined) {
  const { now } = draft.moment
  if (!message || codeOf(message) !== '00')
    return enter(draft, {
      at: 'notice',
      title: words.testLine,
      text: message ? told(codeOf(message)) : words.noAnswer,
      back: 'technician',
    })
  const boxTime = Date.parse(tagValue(readPrivateData(message.fields[48]) ?? [], 'TM') ?? '')
  const apart = Number.isNaN(boxTime) ? 0 : Math.round(Math.abs(boxTime - now) / 1_000)
  const text = {
    fa: `${words.lineWorks.fa}: ${now - since} م‌ث. اختلاف ساعت: ${apart} ثانیه`,
    en: `${words.lineWorks.en}: ${now - since} ms. The clocks differ by ${apart} s`,
  }
  enter(draft, { at: 'notice', title: words.testLine, text, back: 'technician' })
}
