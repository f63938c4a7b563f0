/**
 * What a data element (DE) may hold: digits; letters and digits; text; track 2; bits (as hex digits here); an amount with
 * its sign.
 */
export type Content = 'n' | 'an' | 'ans' | 'z' | 'b' | 'x+n'

/** `length`: characters (bytes for `b`), the most of them where a length of `prefix` digits stands before the value. */
export interface FieldFormat {
  name: string
  content: Content
  length: number
  prefix: 0 | 2 | 3
}

/** A field of the profile; the others are read over and never kept. `use`: what it holds here. */
export interface ProfileFormat extends FieldFormat {
  use: string
}

const fixed = (content: Content, length: number, name: string): FieldFormat => ({ name, content, length, prefix: 0 })
const ll = (content: Content, length: number, name: string): FieldFormat => ({ name, content, length, prefix: 2 })
const lll = (content: Content, length: number, name: string): FieldFormat => ({ name, content, length, prefix: 3 })
const use = (format: FieldFormat, what: string): ProfileFormat => ({ ...format, use: what })

/** The data elements that the profile gives a meaning (ISO 8583:1987 names and formats). */
export const profileFields = {
  2: use(ll('n', 19, 'Primary account number'), "the member's number, where it begins with one of the club's prefixes"),
  3: use(fixed('n', 6, 'Processing code'), 'what is asked for; the first two digits count'),
  4: use(
    fixed('n', 12, 'Amount, transaction'),
    'rials: the price in a quote, what is to be paid in its answer, what was paid in a sale',
  ),
  7: use(fixed('n', 10, 'Transmission date and time'), 'MMDDhhmmss in UTC, as it was first sent'),
  11: use(fixed('n', 6, 'System trace audit number'), "the transaction's number; the same in all of its messages"),
  12: use(fixed('n', 6, 'Time, local transaction'), "hhmmss; the transaction's, the same in all of its messages"),
  13: use(fixed('n', 4, 'Date, local transaction'), "MMDD, Gregorian; the transaction's, the same in all of its messages"),
  15: use(fixed('n', 4, 'Date, settlement'), 'MMDD: the business day that is closed'),
  22: use(fixed('n', 3, 'Point of service entry mode'), 'how the card was read; taken note of by nobody'),
  24: use(fixed('n', 3, 'Network international identifier'), 'echoed'),
  25: use(fixed('n', 2, 'Point of service condition code'), 'taken note of by nobody'),
  35: use(ll('z', 37, 'Track 2 data'), "of a card with one of the club's prefixes; any other is dropped as it is read"),
  37: use(fixed('an', 12, 'Retrieval reference number'), "the receipt's code: two zeros and its ten characters"),
  38: use(fixed('an', 6, 'Authorization identification response'), 'approval code'),
  39: use(fixed('an', 2, 'Response code'), 'the outcome'),
  41: use(
    fixed('ans', 8, 'Card acceptor terminal identification'),
    'the terminal; who it is comes from its port, certificate or key',
  ),
  42: use(fixed('ans', 15, 'Card acceptor identification code'), 'the store, for people'),
  44: use(ll('ans', 25, 'Additional response data'), 'why a message was refused, for technicians'),
  48: use(lll('ans', 999, 'Additional data, private'), 'who, basket, effects: tags'),
  49: use(fixed('n', 3, 'Currency code, transaction'), '364: the rial'),
  54: use(lll('an', 120, 'Additional amounts'), 'balances, at most six of 20 characters'),
  60: use(lll('ans', 999, 'Reserved, national'), 'batch, receipt of the till, cashier, tenders: tags'),
  61: use(lll('ans', 999, 'Reserved, private'), 'member, points, stamps, what to say: tags'),
  62: use(lll('ans', 999, 'Reserved, private'), 'further basket lines; the rest of the receipt: tags'),
  63: use(lll('ans', 999, 'Reserved, private'), 'the receipt as text: tags'),
  64: use(fixed('b', 8, 'Message authentication code'), 'of a message without a second bitmap'),
  66: use(fixed('n', 1, 'Settlement code'), '1 in balance, 2 out of balance'),
  70: use(fixed('n', 3, 'Network management information code'), 'what a 0800 is for'),
  74: use(fixed('n', 10, 'Credits, number'), 'returns of the day'),
  76: use(fixed('n', 10, 'Debits, number'), 'sales of the day'),
  77: use(fixed('n', 10, 'Debits, reversal number'), 'reversals of the day'),
  88: use(fixed('n', 16, 'Debits, amount'), 'sales of the day in rials, before discounts'),
  90: use(fixed('n', 42, 'Original data elements'), 'of the message that is undone: MTI, DE 11, DE 7, DE 32, DE 33'),
  128: use(fixed('b', 8, 'Message authentication code'), 'of a message with a second bitmap'),
} as const satisfies Record<number, ProfileFormat>

export type FieldNumber = keyof typeof profileFields

/** The rest of the standard's data elements: a message may carry them; what they hold is not looked at. */
export const otherFields: Readonly<Record<number, FieldFormat>> = {
  5: fixed('n', 12, 'Amount, settlement'),
  6: fixed('n', 12, 'Amount, cardholder billing'),
  8: fixed('n', 8, 'Amount, cardholder billing fee'),
  9: fixed('n', 8, 'Conversion rate, settlement'),
  10: fixed('n', 8, 'Conversion rate, cardholder billing'),
  14: fixed('n', 4, 'Date, expiration'),
  16: fixed('n', 4, 'Date, conversion'),
  17: fixed('n', 4, 'Date, capture'),
  18: fixed('n', 4, 'Merchant type'),
  19: fixed('n', 3, 'Acquiring institution country code'),
  20: fixed('n', 3, 'Primary account number extended, country code'),
  21: fixed('n', 3, 'Forwarding institution country code'),
  23: fixed('n', 3, 'Application PAN sequence number'),
  26: fixed('n', 2, 'Point of service capture code'),
  27: fixed('n', 1, 'Authorization identification response length'),
  28: fixed('x+n', 9, 'Amount, transaction fee'),
  29: fixed('x+n', 9, 'Amount, settlement fee'),
  30: fixed('x+n', 9, 'Amount, transaction processing fee'),
  31: fixed('x+n', 9, 'Amount, settlement processing fee'),
  32: ll('n', 11, 'Acquiring institution identification code'),
  33: ll('n', 11, 'Forwarding institution identification code'),
  34: ll('ans', 28, 'Primary account number, extended'),
  36: lll('z', 104, 'Track 3 data'),
  40: fixed('an', 3, 'Service restriction code'),
  43: fixed('ans', 40, 'Card acceptor name and location'),
  45: ll('ans', 76, 'Track 1 data'),
  46: lll('ans', 999, 'Additional data, ISO'),
  47: lll('ans', 999, 'Additional data, national'),
  50: fixed('an', 3, 'Currency code, settlement'),
  51: fixed('an', 3, 'Currency code, cardholder billing'),
  52: fixed('b', 8, 'Personal identification number data'),
  53: fixed('n', 16, 'Security related control information'),
  55: lll('ans', 999, 'Reserved, ISO'),
  56: lll('ans', 999, 'Reserved, ISO'),
  57: lll('ans', 999, 'Reserved, national'),
  58: lll('ans', 999, 'Reserved, national'),
  59: lll('ans', 999, 'Reserved, national'),
  67: fixed('n', 2, 'Extended payment code'),
  68: fixed('n', 3, 'Receiving institution country code'),
  69: fixed('n', 3, 'Settlement institution country code'),
  71: fixed('n', 4, 'Message number'),
  72: fixed('n', 4, 'Message number, last'),
  73: fixed('n', 6, 'Date, action'),
  75: fixed('n', 10, 'Credits, reversal number'),
  78: fixed('n', 10, 'Transfer, number'),
  79: fixed('n', 10, 'Transfer, reversal number'),
  80: fixed('n', 10, 'Inquiries, number'),
  81: fixed('n', 10, 'Authorizations, number'),
  82: fixed('n', 12, 'Credits, processing fee amount'),
  83: fixed('n', 12, 'Credits, transaction fee amount'),
  84: fixed('n', 12, 'Debits, processing fee amount'),
  85: fixed('n', 12, 'Debits, transaction fee amount'),
  86: fixed('n', 16, 'Credits, amount'),
  87: fixed('n', 16, 'Credits, reversal amount'),
  89: fixed('n', 16, 'Debits, reversal amount'),
  91: fixed('an', 1, 'File update code'),
  92: fixed('an', 2, 'File security code'),
  93: fixed('an', 5, 'Response indicator'),
  94: fixed('an', 7, 'Service indicator'),
  95: fixed('an', 42, 'Replacement amounts'),
  96: fixed('b', 8, 'Message security code'),
  97: fixed('x+n', 17, 'Amount, net settlement'),
  98: fixed('ans', 25, 'Payee'),
  99: ll('n', 11, 'Settlement institution identification code'),
  100: ll('n', 11, 'Receiving institution identification code'),
  101: ll('ans', 17, 'File name'),
  102: ll('ans', 28, 'Account identification 1'),
  103: ll('ans', 28, 'Account identification 2'),
  ...Object.fromEntries(Array.from({ length: 24 }, (_, n) => [104 + n, lll('ans', 999, 'Reserved')])),
}

const formats: readonly (FieldFormat | undefined)[] = Array.from(
  { length: 129 },
  (_, n) => (profileFields as Record<number, FieldFormat>)[n] ?? otherFields[n],
)

/** The format of a data element; undefined for what has none (1 and 65 are bitmaps). */
export const formatOf = (field: number): FieldFormat | undefined => formats[field]

export const isProfileField = (field: number): field is FieldNumber => field in profileFields
