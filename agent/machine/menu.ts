import { readAnswer } from '#agent/terminal/answers.ts'
import type { Entry } from '#agent/terminal/journal.ts'
import * as requests from '#agent/terminal/requests.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { copyOfReceipt } from '#protocol/receipt-copy.ts'
import { receiptOfLines } from '../receipt/receipt-of-lines.ts'
import { rowsSlip } from '../receipt/slips.ts'
import { moneyText } from '../screens/money-text.ts'
import { ask, begin, codeOf, type Draft, dayOf, dueEntries, enter, goHome, note } from './draft.ts'
import type { Key } from './inputs.ts'
import { print } from './printing.ts'
import { noteAnswer, rest } from './sending.ts'
import type { Desk, Outcome, Setup } from './state.ts'
import { totalsOf } from './totals.ts'
import { typedWith } from './typing.ts'
import { reasonOf, words } from './words.ts'

type At<Place extends Desk['at']> = Extract<Desk, { at: Place }>

export function menuKey(draft: Draft, key: Key) {
  switch (key) {
    case '1':
      return reprint(draft)
    case '2': {
      const last = lastSale(draft)
      return last ? enter(draft, { at: 'undo', trace: last.trace }) : goHome(draft, words.noSale)
    }
    case '3':
      return enter(draft, { at: 'totals' })
    case '4':
      return enter(draft, dueEntries(draft.state).length > 0 ? { at: 'close', trouble: words.waitingBlocks } : { at: 'close' })
    case '5':
      return enter(draft, { at: 'operator', typed: '' })
    case '9':
      return enter(draft, { at: 'pin', typed: '' })
    case 'cancel':
    case 'menu':
      return goHome(draft)
    default:
  }
}

function reprint(draft: Draft) {
  const { lastReceipt } = draft.state
  if (!lastReceipt) return goHome(draft, words.nothingToPrint)
  draft.effects.push({ kind: 'print', receipt: copyOfReceipt(lastReceipt) })
  goHome(draft, words.copyPrinted)
}

/** The youngest sale that stands, also one that the box has not heard of yet. */
export const lastSale = ({ state }: Pick<Draft, 'state'>): Entry | undefined =>
  state.journal.findLast((entry) => entry.about !== undefined && entry.state === 'done')

export function undoKey(draft: Draft, { trace }: At<'undo'>, key: Key) {
  if (key === 'cancel') return goHome(draft)
  if (key !== 'enter') return
  const entry = draft.state.journal.find((one) => one.trace === trace && one.state === 'done')
  if (!entry) return goHome(draft, words.noSale)
  note(draft, { kind: 'undo', trace })
  enter(draft, { at: 'undoing', trace })
  ask(draft, requests.reversalOf(entry.message, '0420'))
}

export function undone(draft: Draft, { trace }: At<'undoing'>, message: IsoMessage | undefined) {
  if (message) noteAnswer(draft, message)
  else note(draft, { kind: 'silence', trace })
  const entry = draft.state.journal.find((one) => one.trace === trace)
  if (!message || codeOf(message) !== '00') {
    rest(draft)
    return goHome(draft, words.undoneLater)
  }
  const answer = readAnswer(message)
  const amount = entry?.about?.paid ?? 0
  const outcome: Outcome = {
    kind: 'undone',
    title: words.undone,
    rows: [{ label: words.paid, value: moneyText(amount, draft.setup) }],
    prompts: [],
  }
  const receipt =
    answer.receipt.length > 0
      ? receiptOfLines(answer.receipt, { reference: answer.reference ?? '-', provisional: answer.status === 'P' })
      : rowsSlip({ ...outcome, ...draft })
  print(draft, outcome, receipt)
}

const day = (draft: Draft): string => dayOf(draft.moment)

/** The terminal's own totals as rows; the screen and the slip show the same. */
export function totalRows(
  { sales, total, discount, redeemed, reversed }: ReturnType<typeof totalsOf>,
  { waiting, setup }: { waiting: number; setup: Setup },
): Outcome['rows'] {
  return [
    { label: words.count, value: String(sales) },
    { label: words.sum, value: moneyText(total, setup) },
    { label: words.discount, value: moneyText(discount, setup) },
    { label: words.fromCredit, value: moneyText(redeemed, setup) },
    { label: words.reversed, value: String(reversed) },
    ...(waiting > 0 ? [{ label: words.waitingCount, value: String(waiting) }] : []),
  ]
}

export function totalsKey(draft: Draft, key: Key) {
  if (key === 'cancel') return goHome(draft)
  if (key !== 'enter') return
  const rows = totalRows(totalsOf(draft.state.journal, day(draft)), {
    waiting: dueEntries(draft.state).length,
    setup: draft.setup,
  })
  draft.effects.push({ kind: 'print', receipt: rowsSlip({ title: words.totals, rows, ...draft }) })
  goHome(draft)
}

/** The day is compared only when the box has all that is counted here. */
export function closeKey(draft: Draft, { again }: At<'close'>, key: Key) {
  if (key === 'cancel') return goHome(draft)
  if (key !== 'enter') return
  if (dueEntries(draft.state).length > 0) return enter(draft, { at: 'close', trouble: words.waitingBlocks })
  const message = again ? requests.repeatOf(again) : closingOf(draft)
  enter(draft, { at: 'closing', message: again ?? message })
  ask(draft, message)
}

const closingOf = (draft: Draft): IsoMessage => {
  const { sales, total, discount, reversed } = totalsOf(draft.state.journal, day(draft))
  return requests.reconciliationOf(begin(draft), day(draft), { sales, total, discount, reversed })
}

export function closed(draft: Draft, { message: asked }: At<'closing'>, message: IsoMessage | undefined) {
  if (!message || codeOf(message) !== '00') {
    const trouble = reasonOf(message && readAnswer(message))
    return enter(draft, { at: 'close', trouble, ...(message ? {} : { again: asked }) })
  }
  const { fields } = message
  const totals = totalsOf(draft.state.journal, day(draft))
  const waiting = 0
  const agrees = fields[66] === '1'
  const number = (field: 76 | 77 | 88) => Number(fields[field] ?? 0)
  const outcome: Outcome = {
    kind: 'day-closed',
    title: agrees ? words.agrees : words.differs,
    rows: [
      ...totalRows(totals, { waiting, setup: draft.setup }),
      ...(agrees
        ? []
        : [
            { label: words.boxCount, value: String(number(76)) },
            { label: words.boxSum, value: moneyText(number(88), draft.setup) },
            { label: words.boxReversed, value: String(number(77)) },
          ]),
    ],
    prompts: [],
  }
  const { batch } = draft.state.next
  draft.state = { ...draft.state, next: { batch: (batch % 999_999) + 1, trace: draft.state.next.trace } }
  print(
    draft,
    outcome,
    rowsSlip({ ...outcome, title: words.closeDay, rows: [{ label: outcome.title, value: '' }, ...outcome.rows], ...draft }),
  )
}

export function operatorKey(draft: Draft, { typed }: At<'operator'>, key: Key) {
  const longer = typedWith(typed, key, 8)
  if (longer !== undefined) return enter(draft, { at: 'operator', typed: longer })
  if (key === 'cancel') return goHome(draft)
  if (key !== 'enter') return
  const transaction = begin(draft)
  enter(draft, { at: 'signing', trace: transaction.trace, operator: typed })
  ask(draft, requests.networkOf(transaction, typed === '' ? '002' : '001', { operator: typed }))
}

/** The terminal knows its cashier also where the box does not answer: each sale names them. */
export function signed(draft: Draft, { operator }: At<'signing'>, message: IsoMessage | undefined) {
  if (message && codeOf(message) !== '00')
    return enter(draft, { at: 'operator', typed: operator, trouble: reasonOf(readAnswer(message)) })
  const { operator: _, ...rest } = draft.state
  draft.state = operator === '' ? rest : { ...rest, operator }
  goHome(draft, operator === '' ? words.signedOff : words.signedOn)
}
