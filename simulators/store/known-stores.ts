import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { type GatewayConfig, gatewayConfig } from '#gateway/config.ts'
import { readConfig } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'

/** Where the package has it (docs/operations.md). */
const packaged = '/var/lib/vafa/gateway/gateway.yaml'

/**
 * The stores that this machine is the box of: by the files that are `named`, by the package's, and by those of the
 * gateways that run here. Throws `sim.unknown-lane` where one of them cannot be read: whether its lanes serve customers is
 * not known then.
 */
export function knownStores(named: readonly string[] = []): GatewayConfig[] {
  const files = new Set([...named.map((file) => resolve(file)), ...(existsSync(packaged) ? [packaged] : []), ...running()])
  return [...files].map((file) => {
    try {
      return readConfig(file, gatewayConfig)
    } catch (cause) {
      throw new VafaError({
        key: 'sim.unknown-lane',
        message: `this machine is a store’s box, and whether its lanes serve customers cannot be read: ${messageOf(cause)}`,
        hint: 'play as the user that its gateway runs as (sudo -u vafa …), or on another machine',
        cause,
      })
    }
  })
}

/** Configurations of the gateways that run on this machine. */
function running(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        const file = configOf(words)
        return file === undefined ? [] : [file.startsWith('/') ? file : resolve(readlinkSync(`/proc/${pid}/cwd`), file)]
      } catch {
        // It is gone, or another user's in a folder of its own: the package's are named in full.
        return []
      }
    })
}

/** Of `node …/vafa.js gateway -c FILE`; undefined where the words are another program's, or another command's. */
export function configOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word, index) => word === 'gateway' && /(?:^|\/)vafa(?:\.js)?$/.test(words[index - 1] ?? ''))
  const rest = words.slice(at + 1).filter((word) => word !== '')
  if (at < 0 || rest.some((word, index) => index % 2 === 0 && !word.startsWith('-'))) return undefined
  const named = rest.findIndex((word) => word === '-c' || word === '--config')
  const joined = rest.flatMap((word) => /^(?:--config=|-c)(.+)$/.exec(word)?.[1] ?? [])[0]
  return named >= 0 ? rest[named + 1] : (joined ?? 'gateway.yaml')
}
