import { createHash } from 'node:crypto'
import type { CredentialKind, RawCredential } from '#protocol/credentials.ts'
import type { Balance, Effect } from '#protocol/effects.ts'
import type { TillResponse, TillSale } from '#protocol/lane.ts'
import { originalIdOf, originSaleId } from '#protocol/origin.ts'
import type { MemberSummary } from '#protocol/reply.ts'
import type { LoyaltyAccountId, LoyaltyRequest, SaleItem, TransactionIdentification } from './requests.ts'
import type { EntryMode, LoyaltyType } from './vocabulary.ts'

/** Between nexo and the lane's own words. All of it is here, and none of it does anything. */

export type Fault = { fault: string }

/** Where a till's sale comes from: what the connection is bound to, and what the till calls the sale. */
export interface SaleOrigin {
  store: string
  saleid: string
  poiid: string
}

/** An origin's parts are kept to 20 letters and digits: what is longer or has more in it goes by its hash. */
const part = (text: string): string =>
  /^[A-Za-z0-9-]{1,20}$/.test(text) ? text : createHash('sha256').update(text).digest('hex').slice(0, 20)

const originOf = ({ store, saleid, poiid }: SaleOrigin, { TransactionID, TimeStamp }: TransactionIdentification, of: string) => ({
  store,
  terminal: part(`${saleid}-${poiid}`),
  batch: of,
  trace: part(TransactionID),
  at: part(TimeStamp.replace(/[-:.]/g, '')),
})

/** The sale of a `SaleTransactionID`: Rebate, Redemption and Award that name the same one are one sale, also after a restart. */
export function saleIdsOf(origin: SaleOrigin, transaction: TransactionIdentification) {
  const from = originOf(origin, transaction, 'nexo')
  return { saleid: originSaleId(from), originalid: originalIdOf(from) }
}

/** AwardRefund, RebateRefund and RedemptionRefund of one `SaleTransactionID` are parts of one return. */
export const returnIdOf = (origin: SaleOrigin, transaction: TransactionIdentification): string =>
  originSaleId(originOf(origin, transaction, 'nexo-return'))

/** A reconciliation sent again is the same one. */
export const closeIdOf = (origin: SaleOrigin, serviceid: string, businessdate: string): string =>
  originSaleId(originOf(origin, { TransactionID: serviceid, TimeStamp: businessdate }, 'nexo-close'))

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** The basket of a Loyalty request. */
export function basketOf({ LoyaltyTransaction, SaleData }: LoyaltyRequest): TillSale | Fault {
  const { SaleItem: items, TotalAmount, Currency } = LoyaltyTransaction
  const total = TotalAmount ?? sum(items.map(({ ItemAmount }) => ItemAmount))
  if (TotalAmount === undefined && items.length === 0) return { fault: 'LoyaltyTransaction: needs TotalAmount or SaleItem' }
  return {
    tillreceipt: SaleData.SaleTransactionID.TransactionID,
    ...(SaleData.OperatorID === undefined ? {} : { operator: SaleData.OperatorID }),
    ...(SaleData.ShiftNumber === undefined ? {} : { shift: SaleData.ShiftNumber }),
    ...(Currency === undefined ? {} : { currency: Currency }),
    total,
    lines: items.map(lineOf),
  }
}

const lineOf = ({ EanUpc, ProductCode, ProductLabel, Quantity, ItemAmount }: SaleItem) => ({
  product: EanUpc ?? ProductCode,
  ...(ProductLabel === undefined || ProductLabel === '' ? {} : { name: ProductLabel }),
  quantity: Quantity,
  amount: ItemAmount,
})

const kindOf: Record<LoyaltyAccountId['IdentificationType'], CredentialKind> = {
  AccountNumber: 'member-number',
  PhoneNumber: 'phone',
  BarCode: 'barcode',
  PAN: 'magstripe',
  ISOTrack2: 'magstripe',
}

/**
 * Who a till says the customer is. A card number that does not begin as the club's own cards do may be a bank card's: it
 * ends here, and nothing of it is repeated.
 */
export function credentialOf(
  { IdentificationType, LoyaltyID }: LoyaltyAccountId,
  cardPrefixes: readonly string[],
): RawCredential | Fault {
  if (LoyaltyID === undefined) return { fault: 'LoyaltyAccountID.LoyaltyID: is missing' }
  const kind = kindOf[IdentificationType]
  if (kind !== 'magstripe') return { kind, value: LoyaltyID }
  const number = /^(\d{1,19})(?:[=D].*)?$/.exec(LoyaltyID.replace(/^;/, ''))?.[1]
  if (number === undefined || !cardPrefixes.some((prefix) => number.startsWith(prefix)))
    return { fault: 'LoyaltyAccountID.LoyaltyID: not a card of the club' }
  return { kind, value: number }
}

const entryModeOf: Partial<Record<CredentialKind, EntryMode>> = {
  'nfc-uid': 'Contactless',
  'nfc-sun': 'Contactless',
  'iso-dep': 'Mobile',
  magstripe: 'MagStripe',
  barcode: 'Scanned',
  qr: 'Scanned',
  phone: 'Keyed',
  'member-number': 'Keyed',
}

/** The account of whoever stands at the lane; without a member, one that names nobody. */
export const accountOf = (options: { member?: MemberSummary | undefined; kind?: CredentialKind | undefined; brand: string }) => ({
  LoyaltyAccountID: {
    EntryMode: [(options.kind && entryModeOf[options.kind]) ?? 'Tapped'],
    IdentificationType: 'AccountNumber' as const,
    IdentificationSupport: options.member ? ('LoyaltyCard' as const) : ('NoCard' as const),
    ...(options.member ? { LoyaltyID: options.member.number } : {}),
  },
  LoyaltyBrand: options.brand,
})
export type Account = ReturnType<typeof accountOf>

/** The credit that can be used now. */
export function creditOf(balances: readonly Balance[] | undefined) {
  const credit = balances?.find((balance) => balance.unit === 'credit')
  return credit && { CurrentBalance: credit.available, ...(credit.currency === undefined ? {} : { Currency: credit.currency }) }
}

const monetary = (Value: number, Currency: string) => ({ LoyaltyUnit: 'Monetary' as const, Currency, Value })

/** What the effects of one kind come to, in money. */
function moneyOf(effects: readonly Effect[], kind: 'credit' | 'credit-revoked' | 'credit-restored' | 'discount'): number {
  return sum(
    effects.flatMap((effect) =>
      effect.kind !== kind ? [] : effect.kind === 'credit' || effect.kind === 'discount' ? [effect.granted] : [effect.amount],
    ),
  )
}

export interface LoyaltyOutcome {
  type: LoyaltyType
  account: Account
  currency: string
  effects: readonly Effect[]
  balances?: readonly Balance[] | undefined
}

/** The result of an Award or of a refund: each names its own part of what was booked. */
export function loyaltyResult({ type, account, currency, effects, balances }: LoyaltyOutcome) {
  const credit = creditOf(balances)
  const parts: Partial<Record<LoyaltyType, number>> = {
    Award: moneyOf(effects, 'credit'),
    AwardRefund: moneyOf(effects, 'credit-revoked'),
    RedemptionRefund: moneyOf(effects, 'credit-restored'),
  }
  const value = parts[type]
  return {
    LoyaltyAccount: account,
    ...(credit ? { CurrentBalance: credit.CurrentBalance } : {}),
    ...(value === undefined ? {} : { LoyaltyAmount: monetary(value, credit?.Currency ?? currency) }),
  }
}

export type Quote = Extract<TillResponse, { op: 'quote' }>

/** The result of a Rebate: what comes off the price, and what of it are free products. */
export function rebateResult(quote: Quote, options: { account: Account; items: readonly SaleItem[] }) {
  const credit = creditOf(quote.balances)
  const discounts = quote.effects.flatMap((effect) => (effect.kind === 'discount' && effect.granted > 0 ? [effect] : []))
  const free = discounts.flatMap(({ product, quantity, granted }) => {
    const item = product === undefined ? undefined : options.items.find((one) => (one.EanUpc ?? one.ProductCode) === product)
    if (!item) return []
    const { ItemID, ProductCode } = item
    return [{ ItemID, ProductCode, ...(quantity === undefined ? {} : { Quantity: quantity }), ItemAmount: granted }]
  })
  return {
    LoyaltyAccount: options.account,
    ...(credit ? { CurrentBalance: credit.CurrentBalance } : {}),
    Rebates: {
      TotalRebate: quote.discount,
      ...(discounts.length > 0 ? { RebateLabel: discounts.map(({ ruleid }) => ruleid).join(', ') } : {}),
      ...(free.length > 0 ? { SaleItemRebate: free } : {}),
    },
  }
}

/** The result of a Redemption: what is held of the member's credit. */
export function redemptionResult(quote: Quote, options: { account: Account; currency: string }) {
  const credit = creditOf(quote.balances)
  return {
    LoyaltyAccount: options.account,
    ...(credit ? { CurrentBalance: credit.CurrentBalance } : {}),
    LoyaltyAmount: monetary(quote.redeemed ?? 0, credit?.Currency ?? options.currency),
  }
}

/** What is known of a sale that a till has in hand, or had this week. */
export interface KnownSale {
  basket: TillSale
  payable: number
  redeemed: number
  /** What the till was told to take. A tap after that changes `payable`, and the till does not know. */
  told: number
  /** `ItemID` of each line, in their order: a return names lines by their place. */
  items: readonly number[]
  paid: boolean
}

/** Whether an Award is for what was quoted: its total is the price, or what the customer paid after rebate and redemption. */
export const isAsQuoted = (known: KnownSale, total: number): boolean =>
  total === known.basket.total || total === known.payable || total === known.payable + known.redeemed

/** Lines that come back, by their place in the sale; an amount where the sale's lines are not known. */
export function returnedPart({ LoyaltyTransaction }: LoyaltyRequest, known: KnownSale | undefined) {
  const { SaleItem: items, TotalAmount } = LoyaltyTransaction
  const lines = items.map(({ ItemID, Quantity }) => ({ line: known?.items.indexOf(ItemID) ?? -1, quantity: Quantity }))
  if (lines.length > 0 && lines.every(({ line }) => line >= 0)) return { lines }
  const amount = TotalAmount ?? sum(items.map(({ ItemAmount }) => ItemAmount))
  return amount > 0 ? { lines: [], amount } : { fault: 'LoyaltyTransaction: needs TotalAmount or SaleItem: what came back' }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** The sale that a `POITransactionID` of ours names. */
export const saleNamed = ({ TransactionID }: TransactionIdentification): string | undefined =>
  uuid.test(TransactionID) ? TransactionID.toLowerCase() : undefined
