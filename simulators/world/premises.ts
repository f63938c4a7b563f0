import type { OfflineTerms } from '#club/offline-terms.ts'
import { type GatewayConfig, gatewayConfig } from '#gateway/config.ts'
import { type Seal, sealedBy } from '#gateway/sealing/seal.ts'
import { type Programme, programmeSchema } from '#programme/schema.ts'
import { makeSealingKey, type SealingPrivateKey } from '#protocol/sealing.ts'
import { makeSigningKey, signDocument } from '#protocol/signing.ts'
import type { KnownSecret } from '#protocol/token-keys.ts'

/** What is the same in every simulated world: the club's rules and keys, and how a store is set up. */
export interface Premises {
  club: string
  programme: Programme
  sealingKey: SealingPrivateKey
  /** What the club sends down to its stores, as JSON, by its name. */
  downs: { programme: string; keys: string }
  tokenKey: KnownSecret
  seal: Seal
  /** What boxes are lent. */
  offline: OfflineTerms
  configOf(store: string, lanes: { tills: readonly string[]; terminals: readonly string[] }): GatewayConfig
}

/** When everything is cheaper, by the shop's clock and in milliseconds of the world. */
export const happyMinutes = { from: '09:03', to: '09:06', begins: 3 * 60_000, ends: 6 * 60_000 }

/**
 * A tenth of what is paid comes back as credit; who spends much gets a discount, and everybody for some minutes. A box
 * gives discounts out of an allowance only.
 */
const rules = {
  id: 'world',
  version: 1,
  currency: 'IRR',
  rules: [
    { id: 'large', order: 1, when: { amount: { from: 1_000_000 } }, effects: [{ kind: 'discount', basisPoints: 500 }] },
    {
      ...{ id: 'happy', order: 2, when: { time: { from: happyMinutes.from, to: happyMinutes.to } } },
      effects: [{ kind: 'discount', basisPoints: 300 }],
    },
    { id: 'share', order: 3, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] },
  ],
}

/** Ciphers are another test's, and a twentieth of a world's time: what is sealed here can be seen through. */
const glass: Seal = {
  header: Buffer.alloc(0),
  seal: (_, plain) => Buffer.concat([Buffer.from(plain), Buffer.alloc(sealedBy)]),
  open: (_, sealed) => Buffer.from(sealed.subarray(0, -sealedBy)),
}

/** Little, and not for long: so that it is used up, runs out and is lent anew within a day at the counter. */
const offline: OfflineTerms = {
  credit: 150_000,
  share: 5_000,
  gifts: 120_000,
  uidAtMost: 90_000,
  days: 10 / (24 * 60),
  regulars: 40,
  seenDays: 1,
  everySeconds: 20,
}

/** Every other customer's card is of the club's own stock. */
export const isStock = (customer: number): boolean => customer % 2 === 0

let made: Premises | undefined

/** Made once a process: keys are dear, and no two worlds share anything that could change. */
export function premises(): Premises {
  if (made) return made
  const signingKey = makeSigningKey('programme-1')
  const { keyid, publicKey } = signingKey
  const programme = programmeSchema.parse(rules)
  const sealingKey = makeSealingKey('seal-1')
  made = {
    club: 'world',
    programme,
    sealingKey,
    downs: {
      programme: JSON.stringify({ current: signDocument(JSON.stringify(programme), signingKey) }),
      keys: JSON.stringify({ sealing: { keyid: sealingKey.keyid, publicKey: sealingKey.publicKey } }),
    },
    tokenKey: { keyid: 'k1', secret: Buffer.from('the token key of a simulated club') },
    seal: glass,
    offline,
    configOf: (store, { tills, terminals }) =>
      gatewayConfig.parse({
        store,
        club: { name: 'world', url: 'mqtt://127.0.0.1:1883', secretFile: 'unused' },
        tokenKey: { keyid: 'k1', secretFile: 'unused' },
        programmeKeys: [{ keyid, publicKey }],
        database: 'unused',
        // The last till's receipts are its till's to print.
        lanes: [
          ...tills.map((lane, at) => ({ lane, receipt: { via: at === tills.length - 1 && at > 0 ? 'till' : 'own' } })),
          ...terminals.map((lane) => ({ lane, receipt: { via: 'terminal' } })),
        ],
      }),
  }
  return made
}
