import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { controlPath, type GatewayConfig, gatewayConfig } from '#gateway/config.ts'
import { type GatewayStanding, reachGateway } from '#gateway/control.ts'
import { installUpdate } from '#gateway/updates/install/installer.ts'
import { debianPackages } from '#gateway/updates/install/packages.ts'
import { pathBeside, readConfig } from '#runtime/config.ts'
import { VafaError } from '#runtime/errors.ts'
import { createLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { exitCodes } from '../exit.ts'

/**
 * `vafa gateway install-update`: installs what the box has brought and asks for, and puts back what was there where the box
 * does not come up healthy. vafa-update.service runs it as root.
 */
export async function installRequested(options: {
  config: string
  keys: string
  work: string
  dpkgOption: readonly string[]
}): Promise<void> {
  const config = readConfig(options.config, gatewayConfig)
  if (!config.updates)
    throw new VafaError({ key: 'update.off', message: `${options.config} says nothing of \`updates\`: this machine takes none` })
  const status = await installUpdate({
    folder: pathBeside(options.config, config.updates.folder),
    keysFile: options.keys,
    work: options.work,
    packages: debianPackages({ name: 'vafa', dpkgOptions: options.dpkgOption }),
    async troubles({ version, worked }) {
      const standing = await standingOf(config, options.config)
      if (!standing) return ['the gateway does not run']
      if (standing.version !== version) return [`the gateway runs as ${standing.version}`]
      const absent = standing.devices.filter(({ device, status: now }) => now === 'absent' && worked.includes(device))
      // An older version does not say its troubles by that name.
      const troubles: readonly string[] =
        (standing as Partial<GatewayStanding>).troubles ?? (standing.online ? [] : ['the club does not answer'])
      return [...troubles, ...absent.map(({ device, reason }) => `${device}: ${reason ?? 'absent'}`)]
    },
    async working() {
      const standing = await standingOf(config, options.config)
      return standing?.devices.flatMap(({ device, status: now }) => (now === 'absent' ? [] : [device])) ?? []
    },
    runtime: systemRuntime,
    log: createLogger({ name: 'update' }),
  })
  process.stdout.write(`${status ?? 'nothing was asked for'}\n`)
  // Whether the box went back is told by the outcome, and is no failure of this command.
  process.exitCode = status === 'failed' || status === 'refused' ? exitCodes.failed : exitCodes.done
}

async function standingOf(config: GatewayConfig, file: string): Promise<GatewayStanding | undefined> {
  const gateway = await reachGateway(pathBeside(file, controlPath(config)))
  try {
    return await gateway?.standing()
  } finally {
    gateway?.close()
  }
}

/** `vafa gateway update-keys`: has this machine trust head office's keys with updates. Root's own decision: the file is root's. */
export function trustKeys(options: { config: string; out: string }): void {
  const { programmeKeys } = readConfig(options.config, gatewayConfig)
  if (programmeKeys.length === 0)
    throw new VafaError({
      key: 'update.no-keys',
      message: `${options.config} names no programmeKeys`,
      hint: 'enrol the box first',
    })
  mkdirSync(dirname(options.out), { recursive: true, mode: 0o755 })
  writeFileSync(options.out, `${JSON.stringify(programmeKeys, null, 2)}\n`, { mode: 0o644 })
  process.stdout.write(`updates signed by ${programmeKeys.map(({ keyid }) => keyid).join(', ')} are trusted here\n`)
}
