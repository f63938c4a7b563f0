import { isDue } from '#agent/terminal/journal.ts'
import type { Language, Localised } from '#protocol/text.ts'
import { dayOf } from '../machine/draft.ts'
import { totalRows } from '../machine/menu.ts'
import { balanceRows, saleRows } from '../machine/outcome-rows.ts'
import { creditLeft } from '../machine/selling.ts'
import type { AgentState, Desk, Moment, Quote, Setup } from '../machine/state.ts'
import { totalsOf } from '../machine/totals.ts'
import { rialsOf } from '../machine/typing.ts'
import { words } from '../machine/words.ts'
import { keyWords } from './key-words.ts'
import { moneyText } from './money-text.ts'
import type { Screen, ScreenRow } from './screen.ts'

interface Shown {
  language: Language
  setup: Setup
  moment: Moment
  state: AgentState
}

/** The screen of a state: pure, every state has one. */
export function screenOf(state: AgentState, { setup, moment }: { setup: Setup; moment: Moment }): Screen {
  const shown: Shown = { language: state.language, setup, moment, state }
  return { ...deskScreen(state.desk, shown), status: statusOf(shown) }
}

function statusOf({ language, state, setup }: Shown): string[] {
  if (state.disk === 'full') return [words.diskFull[language]]
  const due = state.journal.filter(isDue).length
  return [
    setup.terminal,
    ...(state.operator ? [state.operator] : []),
    ...(state.line === 'down' ? [words.offline[language]] : []),
    ...(due > 0 ? [`${words.waitingCount[language]} ${due}`] : []),
  ]
}

type Bare = Omit<Screen, 'status'>

function deskScreen(desk: Desk, shown: Shown): Bare {
  const { language, setup, state } = shown
  const t = (text: Localised) => text[language]
  const money = (amount: number) => t(moneyText(amount, setup))
  const pair = (label: Localised, value: string): ScreenRow => ({ kind: 'pair', label: t(label), value })
  const total = (label: Localised, amount: number): ScreenRow => ({ kind: 'total', label: t(label), value: money(amount) })
  const text = (one: Localised): ScreenRow => ({ kind: 'text', text: t(one) })
  const warning = (one: Localised | undefined): ScreenRow[] => (one ? [{ kind: 'warning', text: t(one) }] : [])
  const input = (label: Localised, value: string): ScreenRow => ({ kind: 'input', label: t(label), value })
  const amountTyped = (typed: string) => (typed === '' ? '' : money(rialsOf(typed, setup)))
  const quoteRows = (quote: Quote): ScreenRow[] => [
    ...memberRow(quote.answer.member),
    ...rowsOf(saleRows(quote, { setup }).slice(0, -1)),
    total(words.toPay, quote.payable),
  ]
  const memberRow = (member: Quote['answer']['member']): ScreenRow[] =>
    member ? [{ kind: 'pair', label: member.name ?? t(words.customer), value: `…${member.lastDigits}` }] : []
  const rowsOf = (rows: readonly { label: Localised; value: string | Localised }[]): ScreenRow[] =>
    rows.map(({ label, value }) => pair(label, typeof value === 'string' ? value : t(value)))
  const keys = (...wanted: (keyof typeof keyWords)[]) => wanted.map((key) => t(keyWords[key]))
  const wait = (title: Localised, rows: ScreenRow[] = []): Bare => ({ title: t(title), rows, keys: [] })

  switch (desk.at) {
    case 'home': {
      const { who, typed } = desk
      const known = who?.known
      const name = known ? memberRow(known.member) : who ? [text(who.asked ? words.asking : (who.trouble ?? words.customer))] : []
      return {
        title: t(words.amount),
        rows: [
          input(words.amount, amountTyped(typed)),
          ...name,
          ...(known ? rowsOf(balanceRows({ ...known, effects: [] }, { setup })) : []),
          ...(known ? known.operatorPrompts.map((line): ScreenRow => ({ kind: 'text', text: line })) : []),
          ...warning(desk.trouble),
          ...(desk.said ? [text(desk.said)] : []),
        ],
        keys: typed === '' ? keys('menu') : keys('enter', 'cancel'),
      }
    }
    case 'customer':
      return {
        title: money(desk.total),
        rows: [text(words.whoIsIt), input(words.customer, desk.typed), ...warning(desk.trouble)],
        keys: desk.typed === '' ? keys('nobody', 'cancel') : keys('enter', 'cancel'),
      }
    case 'quoting':
      return { ...wait(words.asking, [pair(words.price, money(desk.basket.total))]), keys: keys('cancel') }
    case 'quoted':
      return {
        title: t(words.toPay),
        rows: [
          ...quoteRows(desk.quote),
          ...warning(desk.trouble),
          ...desk.quote.answer.operatorPrompts.map((line): ScreenRow => ({ kind: 'text', text: line })),
        ],
        keys: creditLeft(desk.quote) > 0 ? keys('cash', 'card', 'credit', 'cancel') : keys('cash', 'card', 'cancel'),
      }
    case 'credit':
      return {
        title: t(words.howMuchCredit),
        rows: [
          pair(words.credit, money(creditLeft(desk.quote))),
          input(words.credit, amountTyped(desk.typed)),
          ...warning(desk.trouble),
        ],
        keys: desk.typed === '' ? keys('allOfIt', 'cancel') : keys('enter', 'cancel'),
      }
    case 'holding':
      return wait(words.asking, quoteRows(desk.quote))
    case 'paying':
      return wait(words.booking, [pair(words.paid, money(desk.quote.payable))])
    case 'alone': {
      const { alone, basket } = desk
      if (alone.why === 'no-quote')
        return {
          title: t(words.noQuoteTitle),
          rows: [...warning(desk.reason), total(words.toPay, basket.total), text(words.fullPrice)],
          keys: keys('cash', 'card', 'again', 'cancel'),
        }
      return {
        title: t(words.unansweredTitle),
        rows: [...warning(desk.reason), total(words.toPay, alone.quote.payable), text(words.hasPaid)],
        keys: keys('hasPaid', 'again', 'notPaid'),
      }
    }
    case 'outcome': {
      const { outcome, paper } = desk
      const paperRow = paper === 'failed' ? warning(words.paperFailed) : paper === 'printing' ? [text(words.printing)] : []
      return {
        title: t(outcome.title),
        rows: [...rowsOf(outcome.rows), ...paperRow, ...outcome.prompts.map(text)],
        keys: keys('next'),
      }
    }
    case 'notice':
      return { title: t(desk.title), rows: [text(desk.text)], keys: keys('next') }
    case 'menu':
      return list(t(words.menu), [
        ['1', words.reprint],
        ['2', words.undoLast],
        ['3', words.totals],
        ['4', words.closeDay],
        ['5', words.cashier],
        ['9', words.technician],
      ])
    case 'operator':
      return {
        title: t(words.cashier),
        rows: [input(words.number, desk.typed), ...warning(desk.trouble)],
        keys: keys('enter', 'cancel'),
      }
    case 'undo': {
      const entry = state.journal.find(({ trace }) => trace === desk.trace)
      const about = entry?.about
      return {
        title: t(words.undoThis),
        rows: [pair(words.number, desk.trace), ...(about ? [pair(words.paid, money(about.paid))] : [])],
        keys: keys('enter', 'cancel'),
      }
    }
    case 'undoing':
      return wait(words.undoing)
    case 'totals':
      return { title: t(words.totals), rows: rowsOf(own(shown)), keys: keys('print', 'cancel') }
    case 'close':
      return { title: t(words.closeDay), rows: [...rowsOf(own(shown)), ...warning(desk.trouble)], keys: keys('enter', 'cancel') }
    case 'closing':
      return wait(words.closing)
    case 'signing':
    case 'testing':
    case 'checking-pin':
      return wait(words.asking)
    case 'pin':
      return {
        title: t(words.technician),
        rows: [input(words.pin, '•'.repeat(desk.typed.length)), ...warning(desk.trouble)],
        keys: keys('enter', 'cancel'),
      }
    case 'technician':
      return list(t(words.technician), [
        ['1', words.testLine],
        ['2', words.devices],
        ['3', words.whatWaits],
        ['4', words.testPrint],
        ['5', words.language],
        ...(setup.signs ? [['6', words.exchangeKeys] as const] : []),
      ])
    case 'devices': {
      const rows = state.devices.flatMap(({ device, status, reason }): ScreenRow[] => [
        { kind: 'pair', label: device, value: status },
        ...(reason ? [{ kind: 'text', text: reason } as const] : []),
      ])
      return { title: t(words.devices), rows: rows.length > 0 ? rows : [text(words.none)], keys: keys('cancel') }
    }
    case 'waiting': {
      const refused = state.journal.filter((entry) => entry.state === 'refused').length
      const rows = state.journal
        .filter(isDue)
        .slice(0, 8)
        .map(
          ({ trace, about, tries, state: now, message }): ScreenRow => ({
            kind: 'pair',
            label: `${trace} ${now === 'undoing' ? '0420' : message.mti} ×${tries}`,
            value: about ? money(about.paid) : '',
          }),
        )
      return {
        title: t(words.whatWaits),
        rows: [
          ...(rows.length > 0 ? rows : [text(words.none)]),
          ...(refused > 0 ? [pair(words.refusedEntries, String(refused))] : []),
        ],
        keys: keys('cancel'),
      }
    }
  }

  function list(title: string, items: readonly (readonly [string, Localised])[]): Bare {
    return { title, rows: items.map(([key, label]) => ({ kind: 'text', text: `${key}  ${t(label)}` })), keys: keys('cancel') }
  }
}

const own = ({ state, setup, moment }: Shown) =>
  totalRows(totalsOf(state.journal, dayOf(moment)), { waiting: state.journal.filter(isDue).length, setup })
