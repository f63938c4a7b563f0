import type { TillResponse } from '#protocol/lane.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Scene } from './scene.ts'

type Result = Extract<TillResponse, { op: 'result' }>

/** What one purchase or reversal came to. */
export interface Step {
  what: 'purchase' | 'reversal'
  saleid: string
  total: number
  discount: number
  payable: number
  status: Result['status']
  /** Rials of credit granted, taken back (negative) or, provisionally, expected. */
  credit: number
  /** The member's credit after it, as the club's ledger has it; undefined while the line is down. */
  balance: number | undefined
  /** Milliseconds from `complete` (or `reverse`) leaving the till until the result, and until the paper was cut. */
  resultMs: number
  paperMs: number
  receipt: ReceiptDocument
  png: string
}

export interface Chapter {
  title: string
  step?: Step
  lines?: string[]
}

export interface Outcome {
  member: { memberid: string; displayName: string | undefined }
  steps: Step[]
  /** The member's credit in the club's ledger at the end, and what it must be by the steps. */
  balance: number
  expected: number
}

/** Plays the store's morning and tells each chapter as it ends. Throws where the store does not do what it promises. */
export async function play(scene: Scene, tell: (chapter: Chapter) => void): Promise<Outcome> {
  const { till, line } = scene

  const unknown = await clubAnswers(scene)
  if (unknown.op !== 'error' || unknown.error.key !== 'credential.unknown') throw broken('the first tap', unknown)
  tell({
    title: 'A customer taps a card that the club does not know',
    lines: [`the cashier reads: ${describe(unknown)}`, ...shown(scene)],
  })

  const profile = { displayName: 'سارا', mobile: '+989120000000' }
  const enrolling = await till.request(
    { op: 'enrol', profile, consents: [{ purpose: 'club', given: true }], operator: 'زهرا' },
    { until: 'result' },
  )
  if (enrolling.op !== 'result' || !enrolling.member) throw broken('the sign-up', enrolling)
  const { memberid, displayName } = enrolling.member
  tell({
    title: 'The cashier signs her up with that card',
    lines: [`member number ${enrolling.member.number}, name ${displayName}`],
  })

  const steps: Step[] = []
  const purchase = async (title: string, total: number) => {
    const step = await buy(scene, total, steps.length + 1)
    steps.push(step)
    tell({ title, step, lines: shown(scene) })
    return step
  }

  await recognised(scene)
  await purchase('First purchase: 5 % off before payment, 10 % of the rest as credit', 1_250_000)
  await recognised(scene)
  const second = await purchase('Second purchase: 10 % credit', 840_000)

  await recognised(scene)
  line.cut()
  const third = await purchase('The line is cut; the third purchase is answered by the box, provisionally', 2_000_000)
  if (third.status !== 'provisional') throw broken('the purchase without a line', `it was ${third.status}`)
  line.restore()
  const settled = await settledBalance(scene, steps)
  tell({
    title: 'The line is back; the box hands in what it owes',
    lines: [`the ledger has ${settled.toLocaleString('en-US')} rials for her`],
  })

  const reversal = await reverse(scene, second)
  steps.push(reversal)
  tell({ title: 'The second purchase is reversed: its credit is taken back', step: reversal, lines: shown(scene) })

  const balance = await balanceOf(scene)
  return { member: { memberid, displayName }, steps, balance, expected: expectedBalance(steps) }
}

/** Credit granted, less what was taken back. */
const expectedBalance = (steps: readonly Step[]): number => steps.reduce((sum, step) => sum + step.credit, 0)

/** Holds Sara's card to the reader until the lane has said who it is. */
async function identify(scene: Scene): Promise<TillResponse> {
  const answer = nextSpoken(scene, (m) => m.op === 'member' || m.op === 'error')
  const takeAway = await scene.hold('sara')
  try {
    return await answer
  } finally {
    await takeAway()
  }
}

/** Taps until the club itself answers: a gateway is ready, and takes sales, before its line to the club is up. */
async function clubAnswers(scene: Scene): Promise<TillResponse> {
  const deadline = performance.now() + 15_000
  for (;;) {
    const answer = await identify(scene)
    if (answer.op !== 'error' || answer.error.key !== 'club.unavailable' || performance.now() > deadline) return answer
  }
}

async function recognised(scene: Scene): Promise<void> {
  const answer = await identify(scene)
  if (answer.op !== 'member') throw broken('the tap', answer)
}

async function buy(scene: Scene, total: number, number: number): Promise<Step> {
  const quote = await scene.till.request(
    {
      op: 'open',
      sale: {
        tillreceipt: `A-${1000 + number}`,
        operator: 'زهرا',
        total,
        lines: [{ product: 'basket', quantity: 1, amount: total }],
      },
    },
    { until: 'quote' },
  )
  if (quote.op !== 'quote') throw broken('the quote', quote)
  const began = performance.now()
  const paper = scene.nextReceipt().then((png) => ({ png, ms: performance.now() - began }))
  const result = await scene.till.request(
    { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'card', amount: quote.payable }] },
    { until: 'result' },
  )
  const resultMs = performance.now() - began
  return stepOf('purchase', quote, result, resultMs, await paper)
}

async function reverse(scene: Scene, sale: Step): Promise<Step> {
  const began = performance.now()
  const paper = scene.nextReceipt().then((png) => ({ png, ms: performance.now() - began }))
  const result = await scene.till.request({ op: 'reverse', saleid: sale.saleid, operator: 'زهرا' }, { until: 'result' })
  return stepOf('reversal', sale, result, performance.now() - began, await paper)
}

function stepOf(
  what: Step['what'],
  sale: { saleid: string; total: number; discount: number; payable: number },
  result: TillResponse,
  resultMs: number,
  paper: { png: string; ms: number },
): Step {
  if (result.op !== 'result' || !result.receipt) throw broken(`the ${what}`, result)
  const credit = result.effects.reduce(
    (sum, effect) => sum + (effect.kind === 'credit' ? effect.granted : effect.kind === 'credit-revoked' ? -effect.amount : 0),
    0,
  )
  if (what === 'purchase' && credit === 0) throw broken('the credit of a purchase', result)
  return {
    what,
    saleid: sale.saleid,
    total: sale.total,
    discount: sale.discount,
    payable: sale.payable,
    status: result.status,
    credit,
    balance: creditIn(result),
    resultMs: Math.round(resultMs * 10) / 10,
    paperMs: Math.round(paper.ms),
    receipt: result.receipt,
    png: paper.png,
  }
}

const creditIn = (message: { balances: readonly { unit: string; available: number }[] }): number | undefined =>
  message.balances.find((b) => b.unit === 'credit')?.available

/** Asks by a tap, as a customer would. */
async function balanceOf(scene: Scene): Promise<number> {
  const answer = await identify(scene)
  if (answer.op === 'member') return creditIn(answer) ?? 0
  if (answer.op === 'error' && answer.error.retryable) return Number.NaN
  throw broken('the tap', answer)
}

/** Taps until the club's ledger shows all that the steps granted; gives up after 30 s. */
async function settledBalance(scene: Scene, steps: readonly Step[]): Promise<number> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const balance = await balanceOf(scene)
    if (balance === expectedBalance(steps)) return balance
    if (performance.now() > deadline)
      throw new VafaError({
        key: 'demo.broken',
        message: `30 s after the line was restored the ledger has ${balance}, not ${expectedBalance(steps)} rials`,
      })
  }
}

/** The next message that answers no request of the till's and fits: what was said before does not count. */
function nextSpoken(scene: Scene, matches: (message: TillResponse) => boolean): Promise<TillResponse> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(broken('the lane', 'it said nothing for 15 s'))), 15_000)
    const stop = scene.till.onMessage((message) => {
      if (message.re === undefined && matches(message)) finish(() => resolve(message))
    })
    const finish = (end: () => void) => {
      clearTimeout(timer)
      stop()
      end()
    }
  })
}

const shown = (scene: Scene): string[] => [`the display shows: ${scene.display.lines().join(' | ')}`]

const describe = (message: TillResponse): string =>
  message.op === 'error' ? `${message.error.title.fa}. ${message.error.detail.fa}` : message.op

const broken = (what: string, found: TillResponse | string): VafaError =>
  new VafaError({ key: 'demo.broken', message: `${what} did not go as it should: ${foundInWords(found)}` })

function foundInWords(found: TillResponse | string): string {
  if (typeof found === 'string') return found
  if (found.op !== 'error') return `the lane answered “${found.op}”`
  const { title, reason } = found.error
  return `${title.en}${reason === undefined ? '' : ` (${reason})`}`
}
