import { VafaError } from '#runtime/errors.ts'
import type { VirtualCard } from './virtual-card.ts'

/** ATRs as PC/SC readers compose them (PC/SC part 3, 3.1.3.2.3). */
export const atrs = {
  mifareClassic1k: '3B8F8001804F0CA000000306030001000000006A',
  ntag: '3B8F8001804F0CA0000003060300030000000068',
  isoDep: '3B8180018080',
} as const

const club = { aid: 'F0766166610001', site: 'https://vafa.example/c/' }

/** Keys for tests and demonstrations: whoever reads this can copy such a card. */
export const demoCardKeys = { metaReadKey: '00112233445566778899AABBCCDDEEFF', fileReadKey: 'FFEEDDCCBBAA99887766554433221100' }

const sunUri = `${club.site}?picc_data={picc}&cmac={mac}`

const named = {
  sara: { about: "Sara's club card", card: { atr: atrs.ntag, uid: '04A1B2C3D4E580', uri: `${club.site}sara` } },
  reza: { about: "Reza's club card", card: { atr: atrs.ntag, uid: '045E7F9A1B2C80', uri: `${club.site}reza` } },
  mina: { about: "Mina's club card, an older one", card: { atr: atrs.mifareClassic1k, uid: '3AF45C91' } },
  sima: {
    about: "Sima's card of the kind NTAG 424 DNA, which proves itself anew at each tap",
    card: { atr: atrs.isoDep, uid: '04DE5F1EACC040', uri: sunUri, sun: { ...demoCardKeys, counter: 'clock' } },
  },
  copied: {
    about: "a copy of Sima's card: always what it said at one reading",
    card: { atr: atrs.isoDep, uid: '04DE5F1EACC040', uri: sunUri, sun: { ...demoCardKeys, counter: 7 } },
  },
  forged: {
    about: 'a card that says it is Sima’s and does not have her keys',
    card: {
      atr: atrs.isoDep,
      uid: '04DE5F1EACC040',
      uri: sunUri,
      sun: { ...demoCardKeys, fileReadKey: '0'.repeat(32), counter: 'clock' },
    },
  },
  text: {
    about: 'an older card with a member’s number as a text',
    card: { atr: atrs.ntag, uid: '0499887766AA80', text: 'VAFA-1042' },
  },
  wallet: {
    about: 'a phone that shows an address of the club over NFC',
    card: { atr: atrs.isoDep, uid: 'random', uri: `${club.site}w/5f2c` },
  },
  half: {
    about: 'a broken card that ends each answer in its midst',
    card: { atr: atrs.ntag, uid: '04DEAD00000480', fault: 'half' },
  },
  new: { about: 'a club card that nobody has yet', card: { atr: atrs.ntag, uid: '04C0FFEE123480', uri: club.site } },
  app: {
    about: "a phone with the club's app, which answers for its member",
    card: { atr: atrs.isoDep, uid: 'random', application: { aid: club.aid, data: '5641464131303037' } },
  },
  phone: { about: 'a phone without the app: another UID at each tap', card: { atr: atrs.isoDep, uid: 'random' } },
  foreign: { about: "a transit card, none of the club's", card: { atr: atrs.mifareClassic1k, uid: '7D21E0B6' } },
  mute: { about: 'a broken card that never answers', card: { atr: atrs.ntag, uid: '04DEAD00000180', fault: 'mute' } },
  garbage: { about: 'a broken card that answers nonsense', card: { atr: atrs.ntag, uid: '04DEAD00000280', fault: 'garbage' } },
  pulled: { about: 'a card pulled away while it is read', card: { atr: atrs.ntag, uid: '04DEAD00000380', fault: 'pulled' } },
} satisfies Record<string, { about: string; card: VirtualCard }>

export type CardName = keyof typeof named

/** The cards that simulators present by name, each with a line of what it is. */
export const cards: Readonly<Record<CardName, { readonly about: string; readonly card: VirtualCard }>> = named

/** The card of that name; a name that is none throws `usage.card-unknown`, which lists them. */
export function cardNamed(name: string): VirtualCard {
  if (Object.hasOwn(cards, name)) return cards[name as CardName].card
  throw new VafaError({
    key: 'usage.card-unknown',
    message: `there is no virtual card "${name}"`,
    hint: `the cards are: ${Object.keys(cards).join(', ')}`,
  })
}

/** The application that `app` answers to, for a device's `aid` option. */
export const clubAid = club.aid
