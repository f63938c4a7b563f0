import type { IsoMessage } from '#protocol/iso8583/message.ts'
import type { ShownCredential } from '#protocol/lane.ts'
import type { Language } from '#protocol/text.ts'
import { codeOf, type Draft, enter, goHome, isFinal, note, traceOf } from './draft.ts'
import type { AgentEffect, AgentInput, Key } from './inputs.ts'
import { closed, closeKey, menuKey, operatorKey, signed, totalsKey, undoKey, undone } from './menu.ts'
import { paid, unpaid } from './paying.ts'
import { printed } from './printing.ts'
import { aloneKey, creditKey, customerKey, held, homeKey, lookedUp, quoted, quotedKey, shown } from './selling.ts'
import { landed, noteAnswer, rest, sendDue } from './sending.ts'
import type { AgentState, Desk, Moment, Setup } from './state.ts'
import { pinChecked, pinKey, technicianKey, tested } from './technician.ts'
import { words } from './words.ts'

export interface Kept {
  journal: AgentState['journal']
  next: AgentState['next']
  language: Language
  operator?: string
  lastReceipt?: NonNullable<AgentState['lastReceipt']>
}

/** The state of a terminal that is switched on, from what its disk has kept. */
export const stateOf = (kept: Kept): AgentState => ({
  ...kept,
  desk: { at: 'home', typed: '' },
  inflight: [],
  line: 'down',
  resting: false,
  devices: [],
  disk: 'well',
})

/**
 * One step of the terminal: pure. Whoever runs it puts what changed of the journal on disk, in one commit, before it
 * performs any effect.
 */
export function step(
  state: AgentState,
  input: AgentInput,
  { setup, moment }: { setup: Setup; moment: Moment },
): { state: AgentState; effects: AgentEffect[] } {
  const draft: Draft = { state, setup, moment, effects: [] }
  take(draft, input)
  return { state: draft.state, effects: draft.effects }
}

function take(draft: Draft, input: AgentInput) {
  const { desk } = draft.state
  switch (input.kind) {
    case 'start':
      return start(draft)
    case 'key':
      return press(draft, desk, input.key)
    case 'credential':
      return shown(draft, input.credential as ShownCredential)
    case 'refused':
      draft.effects.push({ kind: 'signal', outcome: 'refused' })
      if (desk.at === 'home') enter(draft, { at: 'home', typed: desk.typed, trouble: words.nobodyCard })
      if (desk.at === 'customer') enter(draft, { ...desk, trouble: words.nobodyCard })
      return
    case 'answer':
      return hear(draft, traceOf(input.message), input.message.mti, input.message)
    case 'silence':
      return hear(draft, input.trace, input.mti, undefined)
    case 'line':
      draft.state = { ...draft.state, line: input.line, resting: input.line === 'up' ? false : draft.state.resting }
      return sendDue(draft)
    case 'timer':
      if (input.timer === 'home') return leave(draft, desk)
      draft.state = { ...draft.state, resting: false }
      return sendDue(draft)
    case 'pin':
      if (desk.at === 'checking-pin') pinChecked(draft, input.outcome)
      return
    case 'printed':
      return printed(draft, input.outcome)
    case 'keys-exchanged': {
      const text = input.outcome === 'done' ? words.keysDone : words.keysFailed
      if (desk.at === 'technician') enter(draft, { at: 'notice', title: words.exchangeKeys, text, back: 'technician' })
      return
    }
    case 'devices':
      draft.state = { ...draft.state, devices: input.devices }
  }
}

/** What was on its way when the power went is due; a sale among it is undone, and the cashier hears it. */
function start(draft: Draft) {
  const cut = draft.state.journal.some((entry) => entry.state === 'sent' && entry.message.mti === '0200')
  note(draft, { kind: 'restart' })
  draft.state = { ...draft.state, inflight: [], resting: false }
  goHome(draft, cut ? words.undoneAtStart : undefined)
  sendDue(draft)
}

/** A sale is left by the cashier only. */
function leave(draft: Draft, desk: Desk) {
  if (desk.at === 'home' && desk.who) return enter(draft, { at: 'home', typed: desk.typed })
  const stays: readonly Desk['at'][] = [
    'home',
    'customer',
    'quoting',
    'quoted',
    'credit',
    'holding',
    'paying',
    'alone',
    'undoing',
    'closing',
    'signing',
    'testing',
    'checking-pin',
  ]
  if (!stays.includes(desk.at)) goHome(draft)
}

function press(draft: Draft, desk: Desk, key: Key) {
  switch (desk.at) {
    case 'home':
      return homeKey(draft, desk, key)
    case 'customer':
      return customerKey(draft, desk, key)
    case 'quoting':
      // Nothing is booked by a question: its answer finds nobody waiting.
      if (key === 'cancel') goHome(draft)
      return
    case 'quoted':
      return quotedKey(draft, desk, key)
    case 'credit':
      return creditKey(draft, desk, key)
    case 'alone':
      return aloneKey(draft, desk, key)
    case 'outcome':
      goHome(draft)
      if (key !== 'enter') homeKey(draft, { at: 'home', typed: '' }, key)
      return
    case 'notice':
      return desk.back === 'technician' ? enter(draft, { at: 'technician' }) : goHome(draft)
    case 'menu':
      return menuKey(draft, key)
    case 'operator':
      return operatorKey(draft, desk, key)
    case 'undo':
      return undoKey(draft, desk, key)
    case 'totals':
      return totalsKey(draft, key)
    case 'close':
      return closeKey(draft, desk, key)
    case 'pin':
      return pinKey(draft, desk, key)
    case 'technician':
      return technicianKey(draft, key)
    case 'devices':
    case 'waiting':
      if (key === 'cancel' || key === 'enter') enter(draft, { at: 'technician' })
      return
    // Something is on its way that only an answer, or its absence, ends.
    case 'holding':
    case 'paying':
    case 'signing':
    case 'undoing':
    case 'closing':
    case 'testing':
    case 'checking-pin':
  }
}

/** An answer, or (undefined) none in time. What nobody waits for any more changes nothing. */
function hear(draft: Draft, trace: string, mti: string, message: IsoMessage | undefined) {
  const flight = landed(draft, { mti, trace })
  if (!flight) return
  if (flight.by === 'journal') return heardByJournal(draft, trace, message)
  const { desk } = draft.state
  const reversal = mti.startsWith('04')
  switch (desk.at) {
    case 'home':
      if (desk.who?.asked === trace) lookedUp(draft, desk, message)
      break
    case 'quoting':
      if (desk.transaction.trace === trace) quoted(draft, desk, message)
      break
    case 'holding':
      if (desk.transaction.trace === trace) held(draft, desk, message)
      break
    case 'paying':
      if (desk.transaction.trace !== trace) break
      if (message) paid(draft, desk, message)
      else unpaid(draft, desk)
      break
    case 'undoing':
      if (desk.trace === trace && reversal) undone(draft, desk, message)
      break
    case 'signing':
      if (desk.trace === trace) signed(draft, desk, message)
      break
    case 'closing':
      if (traceOf(desk.message) === trace) closed(draft, desk, message)
      break
    case 'testing':
      if (desk.trace === trace) tested(draft, desk, message)
      break
    default:
  }
  sendDue(draft)
}

function heardByJournal(draft: Draft, trace: string, message: IsoMessage | undefined) {
  if (message) noteAnswer(draft, message)
  else note(draft, { kind: 'silence', trace })
  const entry = draft.state.journal.find((one) => one.trace === trace)
  const through = message !== undefined && (codeOf(message) === '00' || (isFinal(codeOf(message)) && entry?.state === 'refused'))
  if (through) sendDue(draft)
  else rest(draft)
}
