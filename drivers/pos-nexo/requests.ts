import { z } from 'zod'
import { entryModes, identificationTypes, loyaltyTypes } from './vocabulary.ts'

/**
 * The bodies that a till sends, as far as the box reads them; fields that it does not know are passed over. Amounts are
 * whole rials: the rial has no smaller unit in use.
 */
const amount = z.number().int('must be whole rials').min(0).max(Number.MAX_SAFE_INTEGER)
const text = (most: number) => z.string().max(most)
const word = (most: number) => z.string().min(1).max(most)

export const transactionIdentification = z.object({ TransactionID: word(60), TimeStamp: word(40) })
export type TransactionIdentification = z.infer<typeof transactionIdentification>

export const saleData = z.object({
  OperatorID: word(60).optional(),
  ShiftNumber: word(60).optional(),
  SaleTransactionID: transactionIdentification,
})
export type SaleData = z.infer<typeof saleData>

const loyaltyAccountId = z.object({
  EntryMode: z.array(z.enum(entryModes)).max(11).optional(),
  IdentificationType: z.enum(identificationTypes),
  LoyaltyID: word(200).optional(),
})
export type LoyaltyAccountId = z.infer<typeof loyaltyAccountId>

const loyaltyData = z.object({
  CardAcquisitionReference: transactionIdentification.optional(),
  LoyaltyAccountID: loyaltyAccountId.optional(),
  LoyaltyAmount: z
    .object({ LoyaltyUnit: z.enum(['Monetary', 'Point']).default('Monetary'), Currency: word(3).optional(), Value: amount })
    .optional(),
})
export type LoyaltyData = z.infer<typeof loyaltyData>

export const originalTransaction = z.object({
  SaleID: word(60).optional(),
  POIID: word(60).optional(),
  POITransactionID: transactionIdentification.optional(),
})

const saleItem = z.object({
  ItemID: z.number().int().min(0),
  ProductCode: word(60),
  EanUpc: word(60).optional(),
  ItemAmount: amount,
  Quantity: z.number().positive().max(1_000_000).default(1),
  ProductLabel: text(120).optional(),
})
export type SaleItem = z.infer<typeof saleItem>

export const loyaltyRequest = z.object({
  SaleData: saleData,
  LoyaltyTransaction: z.object({
    LoyaltyTransactionType: z.enum(loyaltyTypes),
    Currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')
      .optional(),
    TotalAmount: amount.optional(),
    OriginalPOITransaction: originalTransaction.optional(),
    SaleItem: z.array(saleItem).max(500).default([]),
  }),
  LoyaltyData: z.array(loyaltyData).max(5).default([]),
})
export type LoyaltyRequest = z.infer<typeof loyaltyRequest>

const seconds = z.number().int().min(1).max(3_600)

export const cardAcquisitionRequest = z.object({
  SaleData: saleData,
  MaxWaitingTime: seconds.optional(),
  CardAcquisitionTransaction: z
    .object({ TotalAmount: amount.optional(), MaxWaitingTime: seconds.optional() })
    .default(() => ({})),
})

export const balanceInquiryRequest = z.object({
  LoyaltyAccountReq: z
    .object({
      CardAcquisitionReference: transactionIdentification.optional(),
      LoyaltyAccountID: loyaltyAccountId.optional(),
    })
    .default(() => ({})),
})

export const reversalRequest = z.object({
  SaleData: saleData.optional(),
  OriginalPOITransaction: originalTransaction.required({ POITransactionID: true }),
  ReversalReason: z.enum(['CustCancel', 'MerchantCancel', 'Malfunction', 'Unable2Compl']),
  ReversedAmount: amount.optional(),
})

export const reconciliationRequest = z.object({
  ReconciliationType: z.enum([
    'SaleReconciliation',
    'AcquirerReconciliation',
    'AcquirerSynchronisation',
    'PreviousReconciliation',
  ]),
  POIReconciliationID: word(60).optional(),
})

export const messageReference = z.object({
  MessageCategory: text(40).optional(),
  ServiceID: word(10).optional(),
  DeviceID: word(10).optional(),
  SaleID: word(60).optional(),
  POIID: word(60).optional(),
})
export type MessageReference = z.infer<typeof messageReference>

const outputText = z.object({
  Text: text(2_000).default(''),
  EndOfLineFlag: z.boolean().default(true),
  Alignment: z.enum(['Left', 'Right', 'Centred', 'Justified']).optional(),
  CharacterStyle: z.enum(['Normal', 'Bold', 'Italic', 'Underlined']).optional(),
  CharacterHeight: z.enum(['SingleHeight', 'DoubleHeight', 'HalfHeight']).optional(),
})

export const outputContent = z.object({
  OutputFormat: z.enum(['Text', 'BarCode', 'MessageRef', 'XHTML']),
  OutputText: z.array(outputText).max(500).default([]),
  OutputBarcode: z
    .object({
      BarcodeType: z.enum(['EAN8', 'EAN13', 'UPCA', 'Code25', 'Code128', 'PDF417', 'QRCODE']).default('EAN13'),
      BarcodeValue: word(500),
    })
    .optional(),
})
export type OutputContent = z.infer<typeof outputContent>

export const printRequest = z.object({
  PrintOutput: z.object({
    DocumentQualifier: z.enum(['SaleReceipt', 'CashierReceipt', 'CustomerReceipt', 'Document', 'Voucher', 'Journal']),
    ResponseMode: z.enum(['NotRequired', 'Immediate', 'PrintEnd', 'SoundEnd']),
    OutputContent: outputContent,
  }),
})

const device = z.enum(['CashierDisplay', 'CustomerDisplay', 'CashierInput', 'CustomerInput'])
const infoQualify = z.enum([
  'Status',
  'Error',
  'Display',
  'Sound',
  'Input',
  'POIReplication',
  'CustomerAssistance',
  'Receipt',
  'Document',
  'Voucher',
])

const displayOutput = z.object({
  Device: device,
  InfoQualify: infoQualify,
  ResponseRequiredFlag: z.boolean().default(true),
  MinimumDisplayTime: z.number().int().min(0).max(3_600).optional(),
  OutputContent: outputContent,
})
export type DisplayOutput = z.infer<typeof displayOutput>

export const displayRequest = z.object({ DisplayOutput: z.array(displayOutput).min(1).max(10) })

export const inputRequest = z.object({
  DisplayOutput: displayOutput.optional(),
  InputData: z.object({
    Device: device,
    InfoQualify: infoQualify,
    InputCommand: z.enum([
      'GetAnyKey',
      'GetConfirmation',
      'SiteManager',
      'TextString',
      'DigitString',
      'DecimalString',
      'GetFunctionKey',
      'GetMenuEntry',
      'Password',
    ]),
  }),
})

export const loginRequest = z.object({
  OperatorLanguage: text(10).optional(),
  OperatorID: word(60).optional(),
  ShiftNumber: word(60).optional(),
  TrainingModeFlag: z.boolean().default(false),
})

/** Category → the body under `{category}Request`. */
export const requestBodies = {
  CardAcquisition: cardAcquisitionRequest,
  Loyalty: loyaltyRequest,
  BalanceInquiry: balanceInquiryRequest,
  Reversal: reversalRequest,
  Reconciliation: reconciliationRequest,
  EnableService: z.object({
    TransactionAction: z.enum(['StartTransaction', 'AbortTransaction']),
    ServicesEnabled: z
      .array(z.enum(['CardAcquisition', 'Payment', 'Loyalty']))
      .max(3)
      .default([]),
  }),
  Abort: z.object({ MessageReference: messageReference, AbortReason: text(200).optional() }),
  TransactionStatus: z.object({ MessageReference: messageReference.optional() }),
  Diagnosis: z.object({ HostDiagnosisFlag: z.boolean().default(false) }),
  Login: loginRequest,
  Logout: z.object({ MaintenanceAllowed: z.boolean().optional() }),
  Print: printRequest,
  Display: displayRequest,
  Input: inputRequest,
} as const

export type RequestBody<C extends keyof typeof requestBodies> = z.infer<(typeof requestBodies)[C]>
