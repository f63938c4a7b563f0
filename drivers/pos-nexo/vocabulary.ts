/** The words of nexo Retailer 3.0 that the box speaks, as its JSON writes them. Each list is closed. */

/** What the box answers, by the class that the header must name. */
export const categoryClass = {
  CardAcquisition: 'Service',
  Loyalty: 'Service',
  BalanceInquiry: 'Service',
  Reversal: 'Service',
  Reconciliation: 'Service',
  EnableService: 'Service',
  Abort: 'Service',
  TransactionStatus: 'Service',
  Diagnosis: 'Service',
  Login: 'Service',
  Logout: 'Service',
  Print: 'Device',
  Display: 'Device',
  Input: 'Device',
} as const
export type Category = keyof typeof categoryClass
export const categories = Object.keys(categoryClass) as [Category, ...Category[]]

/** What the standard has besides: known, so that a till is told that this box does not do it. */
export const otherCategories = [
  'Payment',
  'StoredValue',
  'GetTotals',
  'Batch',
  'Admin',
  'Sound',
  'Transmit',
  'InputUpdate',
  'PIN',
  'CardReaderInit',
  'CardReaderAPDU',
  'CardReaderPowerOff',
] as const
export type OtherCategory = (typeof otherCategories)[number]

/** Those that take the box for themselves: one at a time, and a repeat gets the first one's response. */
export const transactions = ['CardAcquisition', 'Loyalty', 'BalanceInquiry', 'Reversal', 'Reconciliation'] as const
export type TransactionCategory = (typeof transactions)[number]
export const isTransaction = (category: string): category is TransactionCategory =>
  (transactions as readonly string[]).includes(category)

export type Result = 'Success' | 'Partial' | 'Failure'

export const errorConditions = [
  'Aborted',
  'Busy',
  'Cancel',
  'DeviceOut',
  'InProgress',
  'InvalidCard',
  'LoggedOut',
  'MessageFormat',
  'NotAllowed',
  'NotFound',
  'Refusal',
  'UnavailableDevice',
  'UnavailableService',
  'UnreachableHost',
] as const
export type ErrorCondition = (typeof errorConditions)[number]

export const loyaltyTypes = ['Award', 'AwardRefund', 'Rebate', 'RebateRefund', 'Redemption', 'RedemptionRefund'] as const
export type LoyaltyType = (typeof loyaltyTypes)[number]

export const identificationTypes = ['PAN', 'ISOTrack2', 'BarCode', 'AccountNumber', 'PhoneNumber'] as const
export const entryModes = [
  'Contactless',
  'File',
  'ICC',
  'Keyed',
  'MagStripe',
  'Manual',
  'Mobile',
  'RFID',
  'Scanned',
  'SynchronousICC',
  'Tapped',
] as const
export type EntryMode = (typeof entryModes)[number]

/** What the box tells the till by itself. */
export type EventToNotify =
  | 'CardInserted'
  | 'CardRemoved'
  | 'SaleWakeUp'
  | 'ScanBarcodeResult'
  | 'OutOfOrder'
  | 'Initialised'
  | 'NetworkConnected'
  | 'NetworkDisconnected'
  | 'Reject'
  | 'Completed'
  | 'Shutdown'
