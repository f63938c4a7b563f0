import { type GatewayConfig, gatewayConfig } from '#gateway/config.ts'
import { boxKeyOf, createSeal, type Seal } from '#gateway/sealing/seal.ts'
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
  configOf(store: string, lanes: readonly string[]): GatewayConfig
}

/** A tenth of what is paid comes back as credit; who spends much gets a discount, which only the club can give. */
const rules = {
  id: 'world',
  version: 1,
  currency: 'IRR',
  rules: [
    { id: 'large', order: 1, when: { amount: { from: 1_000_000 } }, effects: [{ kind: 'discount', basisPoints: 500 }] },
    { id: 'share', order: 2, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] },
  ],
}

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
    seal: createSeal([boxKeyOf(Buffer.alloc(32, 7))]),
    configOf: (store, lanes) =>
      gatewayConfig.parse({
        store,
        club: { name: 'world', url: 'mqtt://127.0.0.1:1883', secretFile: 'unused' },
        tokenKey: { keyid: 'k1', secretFile: 'unused' },
        programmeKeys: [{ keyid, publicKey }],
        database: 'unused',
        // The last lane's receipts are its till's to print.
        lanes: lanes.map((lane, at) => ({ lane, receipt: { via: at === lanes.length - 1 && at > 0 ? 'till' : 'own' } })),
      }),
  }
  return made
}
