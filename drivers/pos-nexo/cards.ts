import type { TillResponse } from '#protocol/lane.ts'
import { credentialToPresent, type Desk, defaultCurrency, isFault } from './desk.ts'
import { answerOf } from './lane-line.ts'
import { accountOf, creditOf } from './mapping.ts'
import type { RequestBody } from './requests.ts'
import { errorDetails, failure, failureOf, partial, poiData, type ResponseBody, silent, success } from './responses.ts'
import type { Tap } from './taps.ts'

/** Waits for a card: the tap-first message. `abort` ends the wait. */
export async function acquireCard(body: RequestBody<'CardAcquisition'>, desk: Desk, abort: AbortSignal): Promise<ResponseBody> {
  const seconds = body.MaxWaitingTime ?? body.CardAcquisitionTransaction.MaxWaitingTime ?? desk.waitSeconds
  const TransactionID = `card-${desk.fresh()}`
  const base = { SaleData: body.SaleData, ...poiData({ TransactionID, TimeStamp: desk.now() }) }
  const tap = await desk.taps.next({ ms: seconds * 1_000, signal: abort })
  if (tap === 'aborted') return { ...base, Response: failure('Aborted') }
  if (tap === 'late') return { ...base, Response: failure('Cancel', `nobody showed a card in ${seconds} s`) }
  const unknown = tap.is === 'member' ? undefined : refusedTap(tap, desk)
  if (unknown) return { ...base, ...unknown }
  if (tap.is !== 'member') return { ...base, Response: silent() }
  const { member, balances, prompts } = tap.word
  if (member) desk.acquired.keep(TransactionID, member.number)
  const account = accountOf({ member, kind: tap.kind, brand: desk.brand })
  const details = { credit: creditOf(balances)?.CurrentBalance, prompt: prompts.map(({ text }) => text[desk.language]) }
  return { ...base, Response: success(details), LoyaltyAccount: [account] }
}

/** A card that is nobody’s; or one whose owner the club cannot name now, which earns all the same. */
function refusedTap({ error, kind }: Tap & { is: 'refused' }, desk: Desk): ResponseBody {
  if (error.key !== 'club.unavailable') return { Response: failureOf(error, desk.language) }
  return {
    Response: partial(errorDetails(error, desk.language)),
    LoyaltyAccount: [accountOf({ kind, brand: desk.brand })],
  }
}

export async function inquireBalance(body: RequestBody<'BalanceInquiry'>, desk: Desk, abort: AbortSignal): Promise<ResponseBody> {
  const { LoyaltyAccountID, CardAcquisitionReference } = body.LoyaltyAccountReq
  const who = credentialToPresent(desk, { LoyaltyAccountID, CardAcquisitionReference })
  if (who && isFault(who)) return { Response: failure('InvalidCard', who.fault) }
  if (!who) {
    const tap = await desk.taps.next({ ms: desk.waitSeconds * 1_000, signal: abort })
    if (tap === 'aborted') return { Response: failure('Aborted') }
    if (tap === 'late') return { Response: failure('Cancel', `nobody showed a card in ${desk.waitSeconds} s`) }
    return tap.is === 'member' ? balanceBody(tap.word, desk) : { Response: failureOf(tap.error, desk.language) }
  }
  const answers = await desk.line.ask({ op: 'present', credential: who }, 'member')
  const word = answerOf(answers, 'member')
  // Whoever only asked is gone: the next sale is not theirs.
  await desk.line.ask({ op: 'cancel' }, 'cancelled')
  if (word) return balanceBody(word, desk)
  const error = answerOf(answers, 'error')?.error
  return { Response: error ? failureOf(error, desk.language) : silent() }
}

function balanceBody({ member, balances }: Extract<TillResponse, { op: 'member' }>, desk: Desk): ResponseBody {
  const credit = creditOf(balances)
  return {
    Response: success(),
    LoyaltyAccountStatus: {
      LoyaltyAccount: accountOf({ member, brand: desk.brand }),
      CurrentBalance: credit?.CurrentBalance ?? 0,
      LoyaltyUnit: 'Monetary',
      Currency: credit?.Currency ?? defaultCurrency,
    },
  }
}
