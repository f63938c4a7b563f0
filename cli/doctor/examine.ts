import type { Driver } from '#drivers/contract.ts'
import { controlPath, type GatewayConfig, gatewayConfig } from '#gateway/config.ts'
import { type GatewayStanding, reachGateway } from '#gateway/control.ts'
import { localBrokerOf } from '#gateway/local-broker.ts'
import { pathBeside, readConfig, readSecret } from '#runtime/config.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Machine } from '../attached/machine.ts'
import { lookAtClub } from './club-findings.ts'
import { lookAtDevices } from './device-findings.ts'
import { apart, counted, type Finding, failed, ok, warning } from './finding.ts'
import { lookAtClock, lookAtDisk, lookAtOutbox } from './machine-findings.ts'

export interface Examination {
  /** gateway.yaml */
  file: string
  machine: Machine
  drivers: ReadonlyMap<string, Driver>
  /** Milliseconds since 1970. */
  now: number
  /** How long one device may take to open, milliseconds. */
  patienceMs: number
}

/**
 * Looks at a store's box from its configuration to its last device. Beside a running gateway it opens no device: it asks
 * the gateway, and looks closer at what that finds wrong. Changes nothing.
 */
export async function examine({ file, machine, drivers, now, patienceMs }: Examination): Promise<Finding[]> {
  let config: GatewayConfig
  try {
    config = readConfig(file, gatewayConfig)
  } catch (error) {
    const hint = error instanceof VafaError && error.hint ? ` (${error.hint})` : ''
    return [failed('configuration', 'configuration', `${messageOf(error)}${hint}`, 'less docs/configuration.md')]
  }
  const beside = (path: string) => pathBeside(file, path)
  const gateway = await reachGateway(beside(controlPath(config))).catch((error: unknown) => error as Error)
  const running = gateway instanceof Error || gateway === undefined ? undefined : gateway
  let standing: GatewayStanding | undefined
  try {
    standing = await running?.standing()
  } finally {
    running?.close()
  }
  const database = beside(config.database)
  const lanes = config.lanes.map(({ lane }) => lane)
  const devices = lookAtDevices({
    ...{ lanes, drivers, store: config.store, beside, machine, patienceMs },
    devices: [...config.devices, ...localBrokerOf(config)],
    ...(standing ? { health: standing.devices } : {}),
  })
  return [
    ok('configuration', {
      en: `${file}: store ${config.store}, ${lanes.join(', ')}; ${config.devices.length} devices`,
      fa: `${apart(file)}: فروشگاه ${apart(config.store)}، ${lanes.map(apart).join('، ')}؛ ${counted(config.devices.length)} دستگاه`,
    }),
    gateway instanceof Error
      ? failed('gateway', 'permission', messageOf(gateway), 'sudo -u vafa vafa doctor -c …')
      : standing
        ? ok('gateway', { en: `runs, version ${standing.version}`, fa: `کار می‌کند، نسخهٔ ${apart(standing.version)}` })
        : warning(
            'gateway',
            'software',
            {
              en: 'it does not run; its devices were tried without it',
              fa: 'کار نمی‌کند؛ دستگاه‌ها بدون آن آزمایش شدند',
            },
            'sudo systemctl start vafa-gateway',
          ),
    ...lookAtSecrets(config, beside),
    lookAtDisk(database),
    lookAtOutbox(database, { standing, now }),
    lookAtClock(machine, { standing, now }),
    ...(await lookAtClub(config, { beside, standing, now })),
    ...(await devices),
  ]
}

function lookAtSecrets({ tokenKey, programmeKeys }: GatewayConfig, beside: (path: string) => string): Finding[] {
  const findings: Finding[] = []
  try {
    const secret = readSecret(beside(tokenKey.secretFile), 'the key for tokens')
    const short = { en: 'it has fewer than 32 characters', fa: 'کمتر از ۳۲ نویسه دارد' }
    if (secret.length < 32) findings.push(failed('key for tokens', 'secret', short, `wc -c ${beside(tokenKey.secretFile)}`))
  } catch (error) {
    findings.push(failed('key for tokens', 'secret', messageOf(error), `ls -l ${beside(tokenKey.secretFile)}`))
  }
  if (programmeKeys.length === 0)
    findings.push(
      warning('programme', 'configuration', {
        en: 'programmeKeys is empty: the box promises nothing while the line is down',
        fa: `${apart('programmeKeys')} خالی است: تا خط قطع است جعبه قولی به مشتری نمی‌دهد`,
      }),
    )
  return findings
}
