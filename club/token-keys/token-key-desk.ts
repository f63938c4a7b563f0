import { randomBytes } from 'node:crypto'
import { signDocument } from '#protocol/signing.ts'
import { crashPoint } from '#runtime/crash-point.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import type { BoxStates } from '../fleet/box-states.ts'
import type { ProgrammeKey } from '../key-file.ts'
import type { ClubStore } from '../store/store.ts'
import { currentKey, documentOf, earlierKey, type FirstKey, type Ring, readRing, writeRing } from './ring.ts'

export interface TokenKeyState {
  current: string
  /** The one before, while cards are still found by it. */
  earlier?: string
  until?: string
  /** Key by which each store's box makes tokens, as it last said; undefined: it has not said since the club's start. */
  stores: { store: string; keyid: string | undefined }[]
}

/** How head office exchanges the key that boxes make tokens with. */
export interface TokenKeyDesk {
  /** Begins an exchange. Resolves when the new key is on disk and its document with the broker. */
  rotateTokenKey(given: { days: number; actor: string }): Promise<TokenKeyState>
  /** Ends it: boxes tell no earlier token any more. */
  retireTokenKey(given: { early: 'yes' | 'no'; actor: string }): Promise<TokenKeyState>
  tokenKeys(): Promise<TokenKeyState>
}

const dayMs = 24 * 3_600_000

/**
 * The exchange is a file (`ring.ts`), written before anybody hears of it: a club that stops on the way publishes it at its
 * next start. What was done, and by whom, is journalled.
 */
export function createTokenKeyDesk(options: {
  club: string
  first: FirstKey | undefined
  stores: readonly string[]
  key: ProgrammeKey
  states: Pick<BoxStates, 'of'>
  act: ClubStore['act']
  publish(what: string, body: object): Promise<unknown>
  runtime: Runtime
}): TokenKeyDesk & { publishAgain(): Promise<void> } {
  const { club, stores, key, states, act, publish, runtime } = options

  const first = (): FirstKey => {
    if (options.first) return options.first
    throw new VafaError({
      key: 'config.token-key',
      message: 'club.yaml names no tokenKey',
      hint: 'add `tokenKey: { keyid, secretFile }` with the key that the stores have',
    })
  }
  const stateOf = (ring: Ring): TokenKeyState => {
    const earlier = earlierKey(ring)
    return {
      current: currentKey(ring).keyid,
      ...(earlier ? { earlier: earlier.keyid } : {}),
      ...(earlier && ring.until !== undefined ? { until: ring.until } : {}),
      stores: stores.map((store) => ({ store, keyid: states.of(store)?.tokenkey })),
    }
  }
  const journal = (actor: string, keyid: string, step: 'begun' | 'retired') =>
    act([{ id: runtime.uuid(), at: isoNow(runtime), actor, type: 'vafa.club.token-keys-changed.v1', data: { keyid, step } }])
  const change = async (next: Ring): Promise<TokenKeyState> => {
    const { privateKey } = key
    if (privateKey === undefined)
      throw new VafaError({
        key: 'secret.invalid',
        message: 'the private key that signs what boxes do is not on this server',
        hint: 'name it as `programmeKeyFile` while you exchange the key for tokens',
      })
    const down = signDocument(JSON.stringify(documentOf(next, club)), { ...key, privateKey }, 'token keys')
    writeRing(first(), { ...next, down })
    crashPoint('club.token-keys-written')
    await publish('token-keys', down)
    return stateOf(next)
  }

  return {
    async rotateTokenKey({ days, actor }) {
      const ring = readRing(first())
      const under = earlierKey(ring)
      if (under)
        throw new VafaError({
          key: 'token-keys.under-way',
          message: `the exchange of “${under.keyid}” for “${currentKey(ring).keyid}” is not over${ring.until === undefined ? '' : `; it was to last until ${ring.until}`}`,
          hint: '`vafa club keys retire` ends it',
        })
      const keyid = nextName(ring)
      await journal(actor, keyid, 'begun')
      const begunAt = isoNow(runtime)
      return change({
        version: ring.version + 1,
        until: new Date(runtime.now() + days * dayMs).toISOString(),
        keys: [...ring.keys, { keyid, secret: randomBytes(32).toString('base64url'), begunAt }],
      })
    },
    async retireTokenKey({ early, actor }) {
      const ring = readRing(first())
      const before = earlierKey(ring)
      if (!before)
        throw new VafaError({
          key: 'token-keys.none',
          message: 'no exchange of the key for tokens is under way',
          hint: '`vafa club keys rotate` begins one',
        })
      if (early === 'no' && ring.until !== undefined && Date.parse(ring.until) > runtime.now())
        throw new VafaError({
          key: 'token-keys.early',
          message: `“${before.keyid}” was to be known until ${ring.until}: cards that were not shown since then would be strangers`,
          hint: '`vafa club keys status --unseen` lists them; --early ends it all the same',
        })
      await journal(actor, before.keyid, 'retired')
      const { until: _, ...rest } = ring
      const keys = ring.keys.map((one) => (one.keyid === before.keyid ? { ...one, retiredAt: isoNow(runtime) } : one))
      return change({ ...rest, version: ring.version + 1, keys })
    },
    tokenKeys: async () => stateOf(readRing(first())),
    /** At the club's start: what was decided before is with the stores' brokers again. */
    async publishAgain() {
      const down = options.first && readRing(options.first).down
      if (down) await publish('token-keys', down)
    },
  }
}

/** `token-1` → `token-2`; any other name gets a number. */
function nextName({ keys }: Ring): string {
  const { keyid } = keys.at(-1) as { keyid: string }
  const [, stem = `${keyid.slice(0, 30)}-`, number = '1'] = /^(.*?)(\d{1,6})$/.exec(keyid) ?? []
  const taken = new Set(keys.map((one) => one.keyid))
  for (let next = Number(number) + 1; ; next += 1) if (!taken.has(`${stem}${next}`)) return `${stem}${next}`
}
