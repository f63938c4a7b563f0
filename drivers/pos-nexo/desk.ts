import type { RawCredential } from '#protocol/credentials.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { Language } from '#protocol/text.ts'
import { type Booking, bookedBody } from './bookings.ts'
import type { KnownSales } from './known-sales.ts'
import type { LaneLine } from './lane-line.ts'
import { accountOf, credentialOf, type Fault, type Quote, type SaleOrigin } from './mapping.ts'
import type { LoyaltyAccountId, LoyaltyData, LoyaltyRequest } from './requests.ts'
import { poiData, type ResponseBody } from './responses.ts'
import type { Taps } from './taps.ts'

/** What a transaction of one till works with. */
export interface Desk {
  line: LaneLine
  taps: Taps
  sales: KnownSales
  origin: SaleOrigin
  brand: string
  cardPrefixes: readonly string[]
  waitSeconds: number
  language: Language
  /** ISO 8601. */
  now(): string
  /** A UUID. */
  fresh(): string
  /** The members whom this box's card acquisitions found, by their `TransactionID`. */
  acquired: { find(transaction: string): string | undefined; keep(transaction: string, number: string): void }
  /** Keeps what is about to move money where a restart finds it. */
  remember(booking: Booking): void
}

export const defaultCurrency = 'IRR'
export const isFault = (value: object): value is Fault => 'fault' in value

/**
 * Whom the till names that does not stand at the lane already. A card acquisition whose customer the lane has forgotten
 * meanwhile is known by the member’s number.
 */
export function credentialToPresent(
  { taps, acquired, cardPrefixes }: Desk,
  { LoyaltyAccountID, CardAcquisitionReference }: Pick<LoyaltyData, 'LoyaltyAccountID' | 'CardAcquisitionReference'>,
): RawCredential | Fault | undefined {
  const standing = taps.standing()?.word.member?.number
  const named = namedBy(LoyaltyAccountID) ?? (CardAcquisitionReference && acquired.find(CardAcquisitionReference.TransactionID))
  if (named !== undefined) return named === standing ? undefined : { kind: 'member-number', value: named }
  if (LoyaltyAccountID?.LoyaltyID !== undefined) return credentialOf(LoyaltyAccountID, cardPrefixes)
  return undefined
}

const namedBy = (account: LoyaltyAccountId | undefined): string | undefined =>
  account?.IdentificationType === 'AccountNumber' ? account.LoyaltyID : undefined

export const baseOf = (request: LoyaltyRequest, saleid: string, desk: Desk) => ({
  SaleData: request.SaleData,
  ...poiData({ TransactionID: saleid, TimeStamp: desk.now() }),
})

/** Remembers a booking, asks the lane, and says what came of it. */
export async function book(booking: Booking, desk: Desk): Promise<{ body: ResponseBody; answers: TillResponse[] }> {
  desk.remember(booking)
  const answers = await desk.line.ask(booking.call, booking.until)
  return { answers, body: bookedBody(booking, answers, tellingOf(desk)) }
}

export const tellingOf = ({ language, brand, taps }: Desk) => ({
  language,
  brand,
  account: accountOf({ member: taps.standing()?.word.member, brand }),
})

/** The till hears of a new price of the sale in hand. */
export function told(sales: KnownSales, { saleid, payable, redeemed = 0 }: Quote): void {
  const known = sales.find(saleid)
  if (known) sales.keep(saleid, { ...known, payable, redeemed, told: payable })
}

/** The lane has quoted a sale in hand anew by itself: there was a tap in the middle, of which the till does not know. */
export function requoted(sales: KnownSales, { saleid, payable, redeemed = 0 }: Quote): void {
  const known = sales.find(saleid)
  if (known && !known.paid) sales.keep(saleid, { ...known, payable, redeemed })
}
