import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { enterNamespaces, vpcdDriver } from './namespaces.ts'

export type PcscdAvailable =
  | { ok: true }
  /** `buildable`: all is there but the binding, which `npm run build:pcsc` makes. */
  | { ok: false; missing: string; buildable: boolean }

const noBinding = 'the PC/SC binding (npm run build:pcsc)'

/**
 * Can a private pcscd with virtual readers run here? Says in one sentence what is missing first, and how to get it.
 * Takes some 100 ms: it tries the binding and the namespaces in children.
 */
export function pcscdAvailable(): PcscdAvailable {
  const missing = firstMissing()
  return missing === undefined ? { ok: true } : { ok: false, missing, buildable: missing === noBinding }
}

function firstMissing(): string | undefined {
  if (process.platform !== 'linux') return 'a Linux kernel'
  if (!onPath('pcscd')) return 'pcscd (apt-get install pcscd)'
  if (vpcdDriver() === undefined) return "vpcd's driver (apt-get install vsmartcard-vpcd)"
  if (!onPath('ip')) return 'ip (apt-get install iproute2)'
  if (!onPath('nsenter')) return 'nsenter (apt-get install util-linux)'
  const [command, ...args] = enterNamespaces('mount -t tmpfs none /run && ip link set lo up')
  if (spawnSync(command, args, { stdio: 'ignore' }).status !== 0)
    return 'network and mount namespaces (neither root nor user namespaces here)'
  const load = ['-e', "require('@pokusew/pcsclite')"]
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  if (spawnSync(process.execPath, load, { cwd, stdio: 'ignore' }).status !== 0) return noBinding
  return undefined
}

/** Looks where root's commands are too: they may not be on a user's PATH. */
const onPath = (name: string): boolean =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some(
    (folder) => folder !== '' && existsSync(`${folder}/${name}`),
  )
