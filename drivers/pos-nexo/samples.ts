import { type Category, categoryClass, type LoyaltyType } from './vocabulary.ts'

/** Messages as a till writes them, for tests. */
export const sampleHeader = (category: Category, serviceid = '1') => ({
  ProtocolVersion: '3.0',
  MessageClass: categoryClass[category],
  MessageCategory: category,
  MessageType: 'Request',
  ServiceID: serviceid,
  SaleID: 'Till-1',
  POIID: 'VAFA-1',
})

export const sampleItems = [
  { ItemID: 1, ProductCode: 'tea', ItemAmount: 450_000, ProductLabel: 'چای' },
  { ItemID: 2, ProductCode: 'cake', ItemAmount: 800_000, Quantity: 2 },
]

export const sampleLoyalty = (LoyaltyTransactionType: LoyaltyType, SaleItem: readonly object[] = sampleItems) => ({
  SaleData: {
    OperatorID: 'reza',
    ShiftNumber: '2',
    SaleTransactionID: { TransactionID: '000871', TimeStamp: '2026-11-22T09:30:00.123Z' },
  },
  LoyaltyTransaction: { LoyaltyTransactionType, Currency: 'IRR', SaleItem },
})
