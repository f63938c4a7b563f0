import { createSecretKey } from 'node:crypto'
import type { TokenKey } from '#protocol/credentials.ts'
import { type VerifyingKey, verifyDocument } from '#protocol/signing.ts'
import {
  type KnownSecret,
  openTokenKeys,
  type TokenKeysDocument,
  tokenKeysDocument,
  tokenKeysDown,
} from '#protocol/token-keys.ts'

export type TokenKeys = ReturnType<typeof createTokenKeys>

/**
 * The keys that this box makes tokens with: the one in its configuration, until head office signs another. What came is
 * kept as it came (`down`), wrapped under the configuration's key, so that no further secret lies on the disk.
 */
export function createTokenKeys({ own, club, keys }: { own: KnownSecret; club: string; keys: readonly VerifyingKey[] }) {
  let current = keyOf(own)
  let version = 0

  /** The reason where it cannot be used. */
  const use = (document: TokenKeysDocument): string | undefined => {
    const known = openTokenKeys(document, own)
    const [fresh, earlier] = [
      known.get(document.current),
      document.earlier === undefined ? undefined : known.get(document.earlier),
    ]
    if (!fresh) return `the key “${document.current}” does not open with “${own.keyid}”, which the box has`
    current = { ...keyOf(fresh), ...(earlier ? { earlier: keyOf(earlier) } : {}) }
    version = document.version
    return undefined
  }

  return {
    current: (): TokenKey => current,
    /** Takes `down/token-keys`, from the club or from the disk; the reason where it is refused. */
    accept(json: unknown): string | undefined {
      const down = tokenKeysDown.safeParse(json)
      if (!down.success) return 'is no signed document'
      const verdict = verifyDocument(down.data, keys, 'token keys')
      if (verdict !== 'ok') return `${verdict}: none of programmeKeys signed it`
      const read = tokenKeysDocument.safeParse(jsonOf(down.data.document))
      if (!read.success) return read.error.issues[0]?.message ?? 'invalid'
      if (read.data.club !== club) return `is for ${read.data.club}`
      if (read.data.version < version) return `is version ${read.data.version}, older than ${version}, which the box has`
      return use(read.data)
    },
  }
}

const keyOf = ({ keyid, secret }: KnownSecret): TokenKey => ({ keyid, secret: createSecretKey(secret) })

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
