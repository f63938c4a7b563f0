import { type Category, categoryClass, type OtherCategory } from '#drivers/pos-nexo/vocabulary.ts'

export interface Party {
  saleid: string
  poiid: string
}

/** A line of a basket as nexo writes it. */
export interface Item {
  product: string
  amount: number
  quantity?: number
  name?: string
}

/** One sale at the till: what all its messages name. */
export interface NexoSale {
  /** `SaleTransactionID`. */
  transaction: { TransactionID: string; TimeStamp: string }
  operator?: string
  shift?: string
  items: readonly Item[]
}

export const header = ({ saleid, poiid }: Party, category: Category | OtherCategory, serviceid: string) => ({
  ProtocolVersion: '3.0',
  MessageClass: category in categoryClass ? categoryClass[category as Category] : 'Service',
  MessageCategory: category,
  MessageType: 'Request',
  ServiceID: serviceid,
  SaleID: saleid,
  POIID: poiid,
})

export const saleData = ({ transaction, operator, shift }: NexoSale) => ({
  SaleTransactionID: transaction,
  ...(operator === undefined ? {} : { OperatorID: operator }),
  ...(shift === undefined ? {} : { ShiftNumber: shift }),
})

export const totalOf = ({ items }: NexoSale): number => items.reduce((sum, { amount }) => sum + amount, 0)

export const saleItems = ({ items }: NexoSale) =>
  items.map(({ product, amount, quantity = 1, name }, index) => ({
    ItemID: index + 1,
    ProductCode: product,
    ItemAmount: amount,
    Quantity: quantity,
    ...(name === undefined ? {} : { ProductLabel: name }),
  }))

export type LoyaltyKind = 'Award' | 'AwardRefund' | 'Rebate' | 'RebateRefund' | 'Redemption' | 'RedemptionRefund'

export interface LoyaltyCall {
  type: LoyaltyKind
  sale: NexoSale
  /** `POITransactionID` of the sale that a refund is of. */
  original?: string
  /** Credit to take instead of money. */
  redeem?: number
  /** Who is buying, where the till knows: as `LoyaltyAccountID` names it. */
  account?: { IdentificationType: string; LoyaltyID: string }
  /** The `TransactionID` of the card acquisition that found the customer. */
  acquisition?: string
}

export function loyaltyBody({ type, sale, original, redeem, account, acquisition }: LoyaltyCall) {
  const { TimeStamp } = sale.transaction
  const data = {
    ...(account === undefined ? {} : { LoyaltyAccountID: { EntryMode: ['Keyed'], ...account } }),
    ...(acquisition === undefined ? {} : { CardAcquisitionReference: { TransactionID: acquisition, TimeStamp } }),
    ...(redeem === undefined ? {} : { LoyaltyAmount: { LoyaltyUnit: 'Monetary', Currency: 'IRR', Value: redeem } }),
  }
  return {
    SaleData: saleData(sale),
    LoyaltyTransaction: {
      LoyaltyTransactionType: type,
      Currency: 'IRR',
      TotalAmount: totalOf(sale),
      ...(original === undefined ? {} : { OriginalPOITransaction: { POITransactionID: { TransactionID: original, TimeStamp } } }),
      SaleItem: saleItems(sale),
    },
    ...(Object.keys(data).length > 0 ? { LoyaltyData: [data] } : {}),
  }
}
