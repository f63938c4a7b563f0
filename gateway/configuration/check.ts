import { accessSync, constants } from 'node:fs'
import type { Driver } from '#drivers/contract.ts'
import { loadDrivers } from '#drivers/registry.ts'
import { parseConfig, pathBeside, readSecret } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import { controlPath, type GatewayConfig, gatewayConfig } from '../config.ts'

const invalid = (message: string) =>
  new VafaError({ key: 'config.invalid', message, hint: 'nothing was changed; mend it and push a higher version' })

/**
 * Reads a gateway.yaml and looks at all of it that can be wrong without a device: keys, drivers and their options, lanes.
 * `file` is only named in errors. Throws a `VafaError`.
 */
export async function readWholeConfig(text: string, file: string): Promise<GatewayConfig> {
  const config = parseConfig(text, gatewayConfig, file)
  const drivers = await loadDrivers(config.devices.map(({ driver }) => driver))
  const lanes = new Set(config.lanes.map(({ lane }) => lane))
  for (const [index, one] of config.devices.entries()) {
    const fault = deviceFault(one, { drivers, lanes })
    if (fault !== undefined) throw invalid(`${file}: devices.${index} (${one.device}): ${fault}`)
  }
  return config
}

function deviceFault(
  { lane, driver: kind, options }: GatewayConfig['devices'][number],
  { drivers, lanes }: { drivers: ReadonlyMap<string, Driver>; lanes: ReadonlySet<string> },
): string | undefined {
  if (!lanes.has(lane)) return `there is no lane “${lane}”`
  const driver = drivers.get(kind)
  if (!driver) return `there is no driver “${kind}”`
  const parsed = driver.options.safeParse(options)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return `${['options', ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'invalid'}`
  }
  const missing = driver.lanes?.(parsed.data)?.find((one) => !lanes.has(one))
  return missing === undefined ? undefined : `there is no lane “${missing}”`
}

/**
 * The same on the box that is to work by it: what it must not change, and the secrets that it names. `signedBy`: the key
 * that signed it, which must still be known afterwards, else nobody could push the next one.
 */
export async function checkForBox(
  text: string,
  { configFile, current, signedBy }: { configFile: string; current: GatewayConfig; signedBy?: string | undefined },
): Promise<GatewayConfig> {
  const config = await readWholeConfig(text, 'gateway.yaml')
  for (const [what, was, is] of [
    ['store', current.store, config.store],
    ['club.name', current.club.name, config.club.name],
    // Sales that the club does not have yet would be left behind in the other one.
    ['database', current.database, config.database],
    ['databaseKeyFile', current.databaseKeyFile, config.databaseKeyFile],
    ['control', controlPath(current), controlPath(config)],
    // Whoever may say what installs may have anything started here.
    ['updates', JSON.stringify(current.updates), JSON.stringify(config.updates)],
  ])
    if (was !== is) throw invalid(`gateway.yaml: ${what}: is “${was ?? ''}” here; it cannot be changed from afar`)
  if (signedBy !== undefined && !config.programmeKeys.some(({ keyid }) => keyid === signedBy))
    throw invalid(`gateway.yaml: programmeKeys: lacks “${signedBy}”, which signed this: nobody could push the next one`)
  const beside = (path: string) => pathBeside(configFile, path)
  if (readSecret(beside(config.tokenKey.secretFile), 'the key for tokens').length < 32)
    throw invalid(`the key for tokens in ${config.tokenKey.secretFile} has fewer than 32 characters`)
  // The database's key is the box's own: it makes one where there is none. That of updates is looked at when one comes.
  const { databaseKeyFile: _, updates: __, ...named } = config
  for (const { path, file } of namedFiles(named)) {
    try {
      accessSync(beside(file), constants.R_OK)
    } catch (error) {
      throw invalid(`gateway.yaml: ${path}: ${messageOf(error)}: secrets are put on the box itself, and only named here`)
    }
  }
  return config
}

/** Every `secretFile`, `keyFile` … in a configuration. */
function namedFiles(value: unknown, path = ''): { path: string; file: string }[] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, inside]) => {
    const here = path === '' ? key : `${path}.${key}`
    return typeof inside === 'string' && /(?:^f|F)ile$/.test(key) ? [{ path: here, file: inside }] : namedFiles(inside, here)
  })
}
