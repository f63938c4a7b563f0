import { existsSync, readdirSync } from 'node:fs'

const sbin = 'PATH="$PATH:/usr/sbin:/sbin"'

/**
 * The command that runs a shell script in network and mount namespaces of its own: as root directly, else in a user
 * namespace where we are root. Nothing of it outlives its processes.
 */
export function enterNamespaces(script: string): [string, ...string[]] {
  const own = process.getuid?.() === 0 ? '-mn' : '-Umnr'
  return ['unshare', own, 'sh', '-c', `${sbin}; ${script}`]
}

/** The command prefix that joins the network of a process started by `enterNamespaces`. */
export function joinNetworkOf(pid: number): [string, ...string[]] {
  return process.getuid?.() === 0
    ? ['nsenter', '-t', `${pid}`, '-n', '--']
    : ['nsenter', '-t', `${pid}`, '-U', '-n', '--preserve-credentials', '--']
}

/** vpcd's driver library, wherever the distribution puts PC/SC's serial drivers. */
export function vpcdDriver(): string | undefined {
  const folders = ['/usr/lib/pcsc/drivers/serial', ...multiarch().map((name) => `/usr/lib/${name}/pcsc/drivers/serial`)]
  return folders.map((folder) => `${folder}/libifdvpcd.so`).find((file) => existsSync(file))
}

const multiarch = (): string[] => readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu'))
