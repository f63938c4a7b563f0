import { accessSync, constants, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { asConfigured, linkOf, type Machine, namesIn, onMachine, realPathOf, textOf } from '../attached/machine.ts'
import { moduleFor, usbInterfaces } from '../attached/usb.ts'
import { apart, type Finding, failed } from './finding.ts'

/** The programs that grab serial adapters by themselves, and how to stop each for good. */
const grabbers: Readonly<Record<string, string>> = {
  ModemManager: 'sudo systemctl disable --now ModemManager',
  brltty: 'sudo systemctl mask --now brltty.service brltty-udev.service',
}

/** Devices belong to the group that the gateway runs as. */
export const openToVafa =
  'sudo cp systemd/udev/*.rules /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm trigger'

/**
 * What keeps a device's path from being opened, looked at from the cable up: is it there, has the kernel taken it, may
 * this user open it, has somebody else opened it. Undefined where nothing does. `ours`: the process that should have it.
 */
export function lookAtPath(
  subject: string,
  path: string,
  machine: Machine,
  { ours }: { ours?: number } = {},
): Finding | undefined {
  const there = onMachine(machine, path)
  const real = realPathOf(there)
  if (real === undefined) return absent(subject, path, machine)
  const shown = asConfigured(machine, real)
  const named = shown === path ? path : `${path} (${shown})`
  try {
    accessSync(real, constants.R_OK | constants.W_OK)
  } catch {
    const { mode, uid, gid } = statSync(real)
    const rights = `mode ${(mode & 0o777).toString(8)}, owner ${uid}, group ${groupName(gid) ?? gid}`
    const said = {
      en: `${named} may be opened by others only (${rights})`,
      fa: `این کاربر حق بازکردن ${apart(named)} را ندارد (${apart(rights)})`,
    }
    return failed(subject, 'permission', said, openToVafa)
  }
  const [holder] = holdersOf(real, machine).filter(({ pid }) => pid !== ours)
  if (!holder) return undefined
  const { pid, name } = holder
  const said = {
    en: `${named} is open in ${name} (process ${pid})`,
    fa: `${apart(named)} در برنامهٔ ${apart(name)} باز است (فرایند ${apart(pid)})`,
  }
  return failed(subject, 'port', said, grabbers[name] ?? `sudo kill ${pid}`)
}

/** Why there is no such path: nothing is plugged in, or the kernel has no driver for what is. */
function absent(subject: string, path: string, machine: Machine): Finding {
  const idle = usbInterfaces(machine).filter((one) => one.driver === undefined && fits(path, one.class))
  for (const one of idle) {
    const kernelModule = moduleFor(one)
    if (kernelModule !== undefined)
      return failed(
        subject,
        'kernel-driver',
        {
          en: `there is no ${path}; ${one.title} (${one.id}) is plugged in, and no driver of the kernel has taken it`,
          fa: `${apart(path)} نیست؛ ${apart(`${one.title} (${one.id})`)} وصل است و هیچ راه‌اندازی از هسته آن را نگرفته است`,
        },
        `sudo modprobe ${kernelModule}`,
      )
  }
  const dangling = linkOf(onMachine(machine, path))
  const others = alike(path, machine)
  const instead = others.length > 0 ? `; there are ${others.join(', ')}` : ''
  const said = {
    en: `there is no ${path}${dangling === undefined ? '' : ` (it points to ${dangling}, which is gone)`}${instead}`,
    fa: [
      `${apart(path)} نیست`,
      ...(dangling === undefined ? [] : [`به ${apart(dangling)} اشاره می‌کند که دیگر نیست`]),
      ...(others.length === 0 ? [] : [`این‌ها هستند: ${others.map(apart).join('، ')}`]),
    ].join('؛ '),
  }
  return failed(subject, 'cable', said, 'vafa devices')
}

/** Whether a path of that kind could belong to an interface of this class. */
const fits = (path: string, kind: number): boolean =>
  /\/(usb\/lp|lp|vafa\/printer)/.test(path) ? kind === 7 : /hid/.test(path) ? kind === 3 : kind === 2 || kind === 255

/** What of the same kind is plugged in. */
function alike(path: string, machine: Machine): string[] {
  const list = (folder: string, pattern: RegExp) =>
    namesIn(join(machine.dev, folder))
      .filter((name) => pattern.test(name))
      .map((name) => join('/dev', folder, name))
  if (/\/lp\d*$/.test(path)) return list('usb', /^lp\d+$/)
  if (/hidraw/.test(path)) return list('.', /^hidraw\d+$/)
  const byId = list('serial/by-id', /./)
  return byId.length > 0 ? byId : list('.', /^tty(USB|ACM)\d+$/)
}

function groupName(gid: number): string | undefined {
  const line = textOf('/etc/group')
    ?.split('\n')
    .find((one) => one.split(':')[2] === String(gid))
  return line?.split(':')[0]
}

/** The processes that have a file open, as far as this user may see. */
export function holdersOf(path: string, { proc }: Machine): { pid: number; name: string }[] {
  return namesIn(proc)
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => namesIn(join(proc, pid, 'fd')).some((fd) => linkOf(join(proc, pid, 'fd', fd)) === path))
    .map((pid) => ({ pid: Number(pid), name: textOf(join(proc, pid, 'comm')) ?? basename(pid) }))
}
